"""The renderers' names; no more, because the command line is read first."""

from typing import Literal

RendererName = Literal["pechead", "geometric", "still"]
RendererChoice = Literal["auto", "pechead", "geometric", "still"]
