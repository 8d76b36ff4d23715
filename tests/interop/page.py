"""Looks at the page of `convolake report` in headless Chromium: on a desktop and on a phone, light and dark.

    page.py PAGE [--pictures FOLDER] [--axe axe.min.js]

Fails where the page writes an error to the console, asks for anything, is wider than a phone, has a plot without marks, title or table,
tells nothing under the pointer or to the keyboard, or where axe-core finds a serious fault. Ends with 77 where there is no Chromium.
"""

import argparse
import base64
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SIZES = {"desktop": (1280, 900, False), "phone": (360, 740, True)}
THEMES = ["light", "dark"]

# What the page itself says of its plots, tables and names.
LOOK = """(() => {
  const faults = [];
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) faults.push(`the page is ${wide} pixels too wide`);
  const shown = (element) => element.getClientRects().length > 0;
  const plots = [...document.querySelectorAll("figure svg")].filter(shown);
  for (const svg of plots) {
    const name = svg.querySelector("title")?.textContent ?? "";
    const marks = svg.querySelectorAll("path, polygon, polyline, rect, circle").length;
    if (!name) faults.push("a plot has no title");
    if (!svg.querySelector("desc")?.textContent) faults.push(`${name}: no description`);
    if (marks < 1) faults.push(`${name}: no marks`);
    const fills = new Set([...svg.querySelectorAll("[fill]")].map((mark) => getComputedStyle(mark).fill));
    for (const fill of fills) if (/^rgb\\([0-3], 0, \\d+\\)$/.test(fill) && fill !== "rgb(0, 0, 0)") faults.push(`${name}: ${fill} has no colour of the theme`);
    const table = svg.closest("figure").querySelector("details table");
    if (!table || !table.querySelector("tbody tr")) faults.push(`${name}: no table`);
    const small = [...svg.querySelectorAll("text")].map((text) => parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width);
    if (small.some((size) => size < 9.5)) faults.push(`${name}: a text of ${Math.min(...small).toFixed(1)} pixels`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  if (new Set(ids).size !== ids.length) faults.push("an id stands twice");
  for (const button of document.querySelectorAll("button")) if (!button.textContent.trim()) faults.push("a button without a name");
  if (document.querySelectorAll("h1").length !== 1) faults.push("the page has not one h1");
  return { faults, plots: plots.length };
})()"""

# The pointer over the middle of each plot, and the arrow keys on it.
PLAY = """(() => {
  const faults = [];
  for (const plot of document.querySelectorAll(".plot")) {
    if (!plot.getClientRects().length) continue;
    const told = plot.closest("figure").querySelector(".told");
    const svg = plot.querySelector("svg"), box = svg.getBoundingClientRect();
    const at = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true };
    plot.dispatchEvent(new PointerEvent("pointermove", at));
    if (!told.textContent) faults.push(`${plot.getAttribute("aria-label")}: nothing under the pointer`);
    plot.dispatchEvent(new PointerEvent("pointerleave"));
    if (told.textContent) faults.push("what was told stays");
    plot.focus();
    plot.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    const first = told.textContent;
    plot.dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true }));
    if (!first || !told.textContent) faults.push(`${plot.getAttribute("aria-label")}: nothing by the keyboard`);
    plot.blur();
  }
  const button = document.getElementById("theme"), before = getComputedStyle(document.body).backgroundColor;
  button.click();
  if (getComputedStyle(document.body).backgroundColor === before) faults.push("the switch changes nothing");
  button.click();
  return faults;
})()"""


class Browser:
    """Chromium, spoken to over a pipe: no port is opened."""

    def __init__(self, program):
        self.profile = tempfile.TemporaryDirectory()
        down_read, self.down = os.pipe()
        self.up, up_write = os.pipe()

        def wire():
            # Chromium reads its orders from 3 and answers on 4.
            spare_read, spare_write = os.dup(down_read), os.dup(up_write)
            os.dup2(spare_read, 3)
            os.dup2(spare_write, 4)

        flags = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--no-first-run",
            "--disable-extensions", "--disable-background-networking", "--disable-component-update", f"--user-data-dir={self.profile.name}",
        ]
        self.process = subprocess.Popen(
            [program, *flags, "about:blank"], preexec_fn=wire, pass_fds=(3, 4), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(down_read)
        os.close(up_write)
        self.number, self.rest, self.events = 0, b"", []

    def ask(self, method, session=None, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.down, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def read(self):
        while b"\0" not in self.rest:
            more = os.read(self.up, 1 << 16)
            if not more:
                raise RuntimeError("Chromium has ended")
            self.rest += more
        line, self.rest = self.rest.split(b"\0", 1)
        return json.loads(line)

    def wait(self, method):
        for place, event in enumerate(self.events):
            if event.get("method") == method:
                return self.events.pop(place)
        while True:
            event = self.read()
            if event.get("method") == method:
                return event
            self.events.append(event)

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.profile.cleanup()


def main():
    words = argparse.ArgumentParser()
    words.add_argument("page", type=pathlib.Path)
    words.add_argument("--pictures", type=pathlib.Path)
    words.add_argument("--axe", type=pathlib.Path)
    words = words.parse_args()
    program = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
    if program is None:
        print("skipped: the page is not looked at, since there is no Chromium; Debian's package `chromium` has it")
        sys.exit(77)
    axe = axe_source(words.axe)
    if axe is None:
        print("skipped: axe-core, since the package axe-playwright-python is not installed")
    faults, pictures = [], {}
    browser = Browser(program)
    try:
        for size in SIZES:
            for theme in THEMES:
                found, pictures[f"{size}-{theme}"] = look(browser, words.page.resolve().as_uri(), size, theme, axe)
                faults += [f"{size}, {theme}: {fault}" for fault in found]
    finally:
        browser.close()
    if words.pictures:
        words.pictures.mkdir(parents=True, exist_ok=True)
        for name, picture in pictures.items():
            (words.pictures / f"{name}.png").write_bytes(picture)
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


def axe_source(given):
    if given:
        return given.read_text()
    package = importlib.util.find_spec("axe_playwright_python")
    return (pathlib.Path(package.origin).parent / "axe.min.js").read_text() if package else None


def look(browser, url, size, theme, axe):
    width, height, is_mobile = SIZES[size]
    target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
    session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    browser.events.clear()
    for domain in ["Page", "Runtime", "Log", "Network"]:
        browser.ask(f"{domain}.enable", session)
    browser.ask("Emulation.setDeviceMetricsOverride", session, width=width, height=height, deviceScaleFactor=1, mobile=is_mobile)
    browser.ask("Emulation.setEmulatedMedia", session, features=[{"name": "prefers-color-scheme", "value": theme}])
    browser.ask("Page.navigate", session, url=url)
    browser.wait("Page.loadEventFired")
    found = evaluate(browser, session, LOOK)
    faults = found["faults"] + evaluate(browser, session, PLAY)
    picture = browser.ask("Page.captureScreenshot", session, captureBeyondViewport=True, format="png")["data"]
    # Before axe is put in, which the page would not have done.
    faults += told(browser.events, url)
    if axe:
        browser.ask("Runtime.evaluate", session, expression=axe)
        run = "axe.run({ resultTypes: ['violations'] }).then((found) => found.violations.map((one) => [one.impact, one.id, one.nodes.length, one.nodes[0].html.slice(0, 160), one.nodes[0].failureSummary]))"
        for impact, rule, count, html, why in evaluate(browser, session, run):
            kind = f"axe: {impact}: {rule}, {count} times, as {html}: {why}"
            if impact in ("serious", "critical"):
                faults.append(kind)
            else:
                print(f"{size}, {theme}: {kind}")
    browser.ask("Target.closeTarget", targetId=target)
    return faults, base64.b64decode(picture)


def evaluate(browser, session, expression):
    result = browser.ask("Runtime.evaluate", session, expression=expression, returnByValue=True, awaitPromise=True)
    if "exceptionDetails" in result:
        raise RuntimeError(result["exceptionDetails"])
    return result["result"]["value"]


def told(events, url):
    for event in events:
        method, params = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            yield f"an error: {params['exceptionDetails'].get('exception', {}).get('description')}"
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            yield f"the console says {params['args']}"
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            yield f"the log says {params['entry']['text']}"
        elif method == "Network.requestWillBeSent":
            asked = params["request"]["url"]
            if asked.split("#")[0] != url and not asked.startswith("data:"):
                yield f"the page asks for {asked}"


if __name__ == "__main__":
    main()
