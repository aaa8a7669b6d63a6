"""Graphs for cards of compute capability 7.5: TensorRT-RTX has no matrix products of single precision there.

They become products number by number, and sums: the same in single precision, and ours are small.
"""

from typing import Any

TURING = "7.5"


def replace_single_precision_products(api: Any, network: Any) -> int:
    """Change a network in place; returns how many matrix products were replaced.

    Args:
        api: the library's module.
        network: as parsed; products of lengths that are chosen at run time are left.
    """
    layers = [network.get_layer(number) for number in range(network.num_layers)]
    products = [layer for layer in layers if _is_single_precision_product(api, layer)]
    for layer in products:
        layer.__class__ = api.IMatrixMultiplyLayer
        before = layer.get_output(0)
        left = _spread(api, network, layer.get_input(0), layer.op0, -1)
        right = _spread(api, network, layer.get_input(1), layer.op1, -3)
        product = network.add_elementwise(left, right, api.ElementWiseOperation.PROD).get_output(0)
        summed = len(tuple(product.shape)) - 2
        total = network.add_reduce(product, api.ReduceOperation.SUM, 1 << summed, False)
        total.name = f"{layer.name} as sum"
        _put_in_place_of(network, layers, before, total.get_output(0))
    return len(products)


def _is_single_precision_product(api: Any, layer: Any) -> bool:
    if layer.type != api.LayerType.MATRIX_MULTIPLY or layer.get_output(0).dtype != api.float32:
        return False
    shapes = [tuple(layer.get_input(place).shape) for place in (0, 1)]
    return all(len(shape) >= 2 and min(shape) > 0 for shape in shapes)


def _spread(api: Any, network: Any, matrix: Any, operation: Any, axis: int) -> Any:
    """(..., rows, columns) with a length of 1 put in: after the columns, or before the rows."""
    *rest, rows, columns = tuple(matrix.shape)
    shuffle = network.add_shuffle(matrix)
    if operation == api.MatrixOperation.TRANSPOSE:
        rank = len(rest) + 2
        shuffle.first_transpose = (*range(rank - 2), rank - 1, rank - 2)
        rows, columns = columns, rows
    shuffle.reshape_dims = (*rest, rows, columns, 1) if axis == -1 else (*rest, 1, rows, columns)
    return shuffle.get_output(0)


def _put_in_place_of(network: Any, layers: list[Any], before: Any, after: Any) -> None:
    for layer in layers:
        for place in range(layer.num_inputs):
            given = layer.get_input(place)
            if given is not None and given.name == before.name:
                layer.set_input(place, after)
    if before.is_network_output:
        name = before.name
        network.unmark_output(before)
        before.name = f"{name} as product"
        after.name = name
        network.mark_output(after)
