"""Makes the README's picture anew: python -m tests.browser.screenshot docs/images/graphiql.png"""

from __future__ import annotations

import shutil
import sys

from playwright.sync_api import sync_playwright

from tests.browser.visit import ANSWER, FLAGS, Visit, gateway_over_sandbox, served

SCALE = 0.85  # the picture is 1,400 pixels wide, and has more lines than such a window

FOLDED = ['"productCosts"', '"latency"']
"""What is folded in the answer, for `extensions` to be in sight."""

_FOLD = """
([element, names]) => {
  const editor = __MONACO.editor.getEditors().find((one) => element.contains(one.getDomNode()));
  const lines = editor.getModel().getLinesContent();
  const selectionLines = names.map((name) => lines.findIndex((line) => line.includes(name)));
  editor.trigger('screenshot', 'editor.fold', { selectionLines });
}
"""


def take(path: str) -> None:
    """The second example and its answer, as a first visit shows them."""
    with served(gateway_over_sandbox()) as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(
            color_scheme="light",
            device_scale_factor=SCALE,
            viewport={"width": 1647, "height": 1000},
        )
        visit = Visit(page, origin)
        visit.open()
        visit.tab("OneCall")
        visit.run()
        visit.answer('"data"')
        answer = page.locator(f"{ANSWER} >> .monaco-editor").first.element_handle()
        page.evaluate(_FOLD, [answer, FOLDED])
        page.mouse.move(0, 0)
        page.wait_for_timeout(1500)  # scroll bars and the button fade
        page.screenshot(path=path)
        browser.close()


if __name__ == "__main__":
    take(sys.argv[1])
