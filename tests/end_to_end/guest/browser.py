"""What a web page gets from ``getUserMedia`` in headless Chromium."""

import http.server
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WANTED = 3
FLAGS = (
    "--no-sandbox --disable-gpu --no-first-run --disable-extensions --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --use-fake-ui-for-media-stream "
    "--user-data-dir=/tmp/chromium"
)
PAGE = """<!doctype html><title>camera</title><video autoplay muted playsinline></video><script>
(async () => {
  const send = (where, what) => fetch(where, {method: "POST", body: what});
  try {
    const video = document.querySelector("video"), [width, height] = [WIDTH, HEIGHT];
    video.srcObject = await navigator.mediaDevices.getUserMedia({video: {width, height}});
    await video.play();
    const canvas = new OffscreenCanvas(width, height), paper = canvas.getContext("2d");
    for (let n = 0; n < WANTED; n++) {
      await new Promise(resolve => video.requestVideoFrameCallback(resolve));
      paper.drawImage(video, 0, 0);
      await send("/frame", paper.getImageData(0, 0, width, height).data);
    }
  } catch (error) { await send("/error", String(error)); }
  await send("/done", "");
})();
</script>"""


def find() -> str | None:
    """A Chromium on this machine."""
    for name in ("chromium-headless-shell", "chromium", "/usr/lib/chromium/chromium-headless-shell"):
        found = shutil.which(name)
        if found is not None:
            return found
    return None


def pictures(
    chromium: str, size: tuple[int, int], hidden: list[str], log_file: Path
) -> list[NDArray[np.uint8]]:
    """Frames of the only camera that the page can see.

    Args:
        chromium: the program.
        size: width and height that the page asks for.
        hidden: devices that it must not open, as a second reader starves the first.
        log_file: gets what the browser says.

    Raises:
        RuntimeError: the page failed, or took too long.
    """
    width, height = size
    page = PAGE.replace("WIDTH, HEIGHT", f"{width}, {height}").replace("WANTED", str(WANTED)).encode()
    posts: list[tuple[str, bytes]] = []
    done = threading.Event()

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(page)

        def do_POST(self) -> None:
            posts.append((self.path, self.rfile.read(int(self.headers["Content-Length"] or 0))))
            self._answer(b"")
            if self.path == "/done":
                done.set()

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hide = "".join(f"mount --bind /dev/null {device}; " for device in hidden if Path(device).exists())
    start = f"{hide}exec {chromium} {FLAGS} http://127.0.0.1:{server.server_port}/"
    with log_file.open("w") as log:
        browser = subprocess.Popen(["unshare", "-m", "sh", "-c", start], stdout=log, stderr=log)
    in_time = done.wait(240)
    browser.kill()
    server.shutdown()
    errors = [body.decode() for path, body in posts if path == "/error"]
    if errors or not in_time:
        raise RuntimeError(f"Chromium: {'; '.join(errors) or 'took too long'}")
    frames = [np.frombuffer(body, np.uint8) for path, body in posts if path == "/frame"]
    return [frame.reshape(height, width, 4)[..., :3] for frame in frames]
