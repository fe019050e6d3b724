"The documentation site: its pages say what is there, and, once `make docs` has built it, a browser shows all of it without network."
import re
import shutil
import sys
from pathlib import Path

import matplotlib
import nbformat
import pytest

import plrnn_manifolds

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
import build_site                                                   # noqa: E402

HTML = ROOT / "_docs" / "html"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def pages(): return sorted((ROOT / "docs" / "site").glob("*.md"))


def test_named_functions_exist():
    text = (ROOT / "docs" / "site" / "questions.md").read_text(encoding="utf-8")
    names = re.findall(r"`(\w+)(?=[(`])", text)
    missing = [n for n in names if not hasattr(plrnn_manifolds, n)]
    assert len(names) > 30 and not missing, missing


@pytest.mark.parametrize("path", pages(), ids=lambda p: p.stem)
def test_links_lead_somewhere(path):
    for link in re.findall(r"\]\(([^)#:]+\.ipynb)\)", path.read_text(encoding="utf-8")): assert (ROOT / "nbs" / link).is_file(), link


def test_the_lines_of_the_first_page_run():
    matplotlib.use("Agg")
    code = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "site" / "index.md").read_text(encoding="utf-8"), re.S)[1]
    space = {}
    exec(code, space)
    assert space["boundary"].complete and len([x for x in code.splitlines() if x]) <= 6


def test_a_page_shows_what_a_reader_needs():
    code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    source = nbformat.v4.new_notebook(cells=[text("# A"), code("#| default_exp a.b"), code("#| hide\nimport x"), code("#| export\ndef f(): pass"),
                                             code("f()"), code("changed()")])
    png = build_site._palette(_picture())
    ran = nbformat.v4.new_notebook(cells=[nbformat.from_dict(c) for c in source.cells])
    out = nbformat.v4.new_output
    ran.cells[4].outputs = [out("stream", name="stderr", text="100%"), out("stream", name="stdout", text="4 memories"),
                            out("display_data", {"text/plain": "<Figure size 1x1>", "image/png": png}),
                            out("display_data", {"text/plain": "VBox()", "application/vnd.jupyter.widget-view+json": {}})]      # needs a kernel
    ran.cells[5] = code("before()", outputs=[out("stream", name="stdout", text="old")])
    page, figures = build_site.page(source, build_site.outputs_of(ran))
    assert [c.source for c in page.cells] == ["# A", "def f(): pass", '<a id="figure-1"></a>', "f()", "changed()"]
    assert page.cells[1].metadata.tags == ["exported"] and figures == [("figure-1", page.cells[3].outputs[1]["data"]["image/png"])]
    assert [o.output_type for o in page.cells[3].outputs] == ["stream", "display_data"] and not page.cells[4].outputs


def _picture():
    "A figure as base64 PNG, as a notebook stores it."
    import base64
    import io
    import matplotlib.pyplot as plt
    file = io.BytesIO()
    fig, ax = plt.subplots(); ax.plot([0, 1], [0, 1]); fig.savefig(file); plt.close(fig)
    return base64.b64encode(file.getvalue()).decode()


def test_an_executed_notebook_is_found_again(tmp_path, monkeypatch):
    monkeypatch.setattr(build_site, "OUT", tmp_path / "_docs")
    path = tmp_path / "maps" / "00_x.ipynb"
    path.parent.mkdir()
    write = lambda text, code: nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text),
                                                                              nbformat.v4.new_code_cell(code)]), path)
    write("# A", "1 + 1")
    build_site.keep_executed(path, None, path)
    here = lambda: build_site.executed_path(path, None, build_site.package_hash()).exists()
    assert here()
    write("# Another title", "1 + 1"); assert here()                 # words are not computed
    write("# Another title", "1 + 2"); assert not here()


needs_site = pytest.mark.skipif(not (HTML / "index.html").exists(), reason="the site is not built here: make docs")


@pytest.fixture(scope="module")
def browser():
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    if BROWSER is None: pytest.skip("no Chromium on this machine, e.g. apt-get install chromium")
    with sync.sync_playwright() as p:
        with p.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--enable-unsafe-swiftshader"]) as b:
            yield b.new_context(offline=True, viewport=dict(width=1200, height=900))


def open_page(context, path):
    "A page of the site, opened from disk, and the list of what went wrong in it."
    page, wrong = context.new_page(), []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.on("requestfailed", lambda r: wrong.append(r.url))
    name, _, query = path.partition("?")
    page.goto((HTML / name).as_uri() + (f"?{query}" if query else ""))
    return page, wrong


@needs_site
def test_every_page_opens_from_disk_without_network(browser):
    names = sorted(str(p.relative_to(HTML)) for p in HTML.rglob("*.html") if "_static" not in p.parts)
    assert len(names) > 80
    for name in names:
        page, wrong = open_page(browser, name)
        broken = page.evaluate("() => [...document.images].filter(i => i.loading != 'lazy' && !(i.complete && i.naturalWidth > 0)).map(i => i.src)")
        if page.locator(".math").count(): page.wait_for_selector("mjx-container svg", state="attached", timeout=20_000)
        assert not wrong and not broken, (name, wrong, broken)
        page.close()


@needs_site
def test_search_finds_a_word(browser):
    page, wrong = open_page(browser, "search.html?q=homoclinic")
    page.wait_for_selector("ul.search li a", timeout=20_000)
    assert any("omoclinic" in t for t in page.locator("ul.search li a").all_inner_texts()) and not wrong


@needs_site
def test_dark_mode_switches(browser):
    page, wrong = open_page(browser, "index.html")
    colour = lambda: page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    seen = {colour()}
    for _ in range(3): page.locator(".theme-toggle:visible").first.click(); seen.add(colour())
    assert len(seen) > 1 and not wrong


@needs_site
def test_the_surface_turns(browser):
    page, wrong = open_page(browser, "_static/figures/lorenz.html")
    page.wait_for_selector(".gl-container canvas", timeout=30_000)
    eye = lambda: page.evaluate("() => { const e = document.querySelector('.plotly-graph-div')._fullLayout.scene._scene.getCamera().eye; return [e.x, e.y, e.z] }")
    page.wait_for_timeout(1000)
    before = eye()
    page.mouse.move(500, 400); page.mouse.down(); page.mouse.move(650, 450, steps=8); page.mouse.up()
    page.wait_for_timeout(500)
    assert max(abs(a - b) for a, b in zip(before, eye())) > 0.1 and not wrong
    shown = page.screenshot(clip=dict(x=200, y=100, width=700, height=500))
    assert len(shown) > 20_000                                      # a white rectangle has some 3,000 bytes


def state(page):
    "Of a plotly page: the slider's place and the first exact segments drawn."
    return page.evaluate("""() => { const g = document.querySelector('.plotly-graph-div'), line = g._fullData.find(t => t.mode == 'lines');
                                    return [g._fullLayout.sliders[0].active, Array.from(line.x).slice(0, 30).join()] }""")


@needs_site
@pytest.mark.parametrize("name", ["wings", "memories"])
def test_planes_slide(browser, name):
    page, wrong = open_page(browser, f"_static/figures/{name}.html")
    page.wait_for_selector(".slider-rail-touch-rect", timeout=30_000)
    area, before = dict(x=60, y=50, width=800, height=600), state(page)
    shown, rail = page.screenshot(clip=area), page.locator(".slider-rail-touch-rect").bounding_box()
    page.mouse.click(rail["x"] + 0.8 * rail["width"], rail["y"] + rail["height"] / 2)
    page.wait_for_timeout(1500)
    after = state(page)
    assert after[0] > before[0] and after[1] != before[1] and not wrong
    later = page.screenshot(clip=area)
    assert len(shown) > 8_000 and len(later) > 8_000 and shown != later
    lines = page.evaluate("() => document.querySelector('.plotly-graph-div')._fullData.filter(t => t.mode == 'lines').length")
    page.locator(".legendtoggle").first.click()
    page.wait_for_timeout(1500)                                      # plotly waits for a second click
    visible = lambda: page.evaluate("() => document.querySelector('.plotly-graph-div')._fullData.filter(t => t.mode == 'lines' && t.visible === true).length")
    assert visible() == lines - 1
    page.mouse.click(rail["x"] + 0.4 * rail["width"], rail["y"] + rail["height"] / 2)
    page.wait_for_timeout(1500)
    assert visible() == lines - 1 and state(page)[0] < after[0]      # what was switched off stays off


@needs_site
def test_a_regime_says_what_is_there(browser):
    page, wrong = open_page(browser, "_static/figures/regimes.html")
    page.wait_for_selector(".scatterlayer .trace", timeout=30_000)
    at = lambda x, y: page.evaluate("""([x, y]) => { const g = document.querySelector('.plotly-graph-div'), r = g.getBoundingClientRect(), l = g._fullLayout;
        return [r.left + l.xaxis._offset + l.xaxis.l2p(x), r.top + l.yaxis._offset + l.yaxis.l2p(y)] }""", [x, y])
    for xy, words in (((0.05, 0.005), "4 stable states"), ((0.3, 0.005), "2 stable states"), ((0.3, 0.18), "1 stable state")):    # as told in inputs/03_regimes
        page.mouse.move(*at(*xy))
        page.wait_for_timeout(700)
        said = " ".join(page.locator(".hoverlayer text").all_text_contents())
        assert words in said and "itineraries" in said, (xy, said)
    assert len(page.screenshot(clip=dict(x=60, y=50, width=800, height=600))) > 10_000 and not wrong


@needs_site
def test_the_gallery_shows_what_moves(browser):
    page, wrong = open_page(browser, "gallery.html")
    frames = page.locator(".gallery.wide iframe")
    assert frames.count() == len(build_site.INTERACTIVE)
    for i in range(frames.count()):
        frames.nth(i).scroll_into_view_if_needed()
        frames.nth(i).content_frame.locator(".main-svg").first.wait_for(state="attached", timeout=60_000)
    told = (HTML / "tools" / "03_interactive.html").read_text(encoding="utf-8")
    assert not wrong and all(f'id="{heading}"' in told for _, heading in build_site.INTERACTIVE.values())
