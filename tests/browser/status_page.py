#!/usr/bin/env python3
"""Looks at the status page with a real browser: what it shows, that it follows, and that it trusts nothing.

Usage: status_page.py ASSAYD [--chromium PROGRAM] [--screenshots FOLDER]
"""

import argparse
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chromium import Chromium  # noqa: E402
from daemons import Demo, Guarded, ask  # noqa: E402

SECONDS_TO_SHOW = 2
MFA = "require-mfa-for-all-users"
MARKUP = '<img src=x onerror="window.spoilt=1">'
UNSEEN = [*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
SHOWN = "!document.getElementById('figures').hidden && !!document.querySelector('#score .big')"

# Notes when each change is first shown, so that waiting from outside measures nothing but itself.
WATCH = """
window.shownAt = {};
new MutationObserver(() => {
  for (const row of document.querySelectorAll('[data-change]')) shownAt[row.dataset.change] ??= Date.now();
}).observe(document.getElementById('changes'), { childList: true, subtree: true });
"""


def text_of(selector):
    return f"(document.querySelector({selector!r})?.textContent ?? '')"


def half_up(value, decimals):
    return int(value * 10**decimals + 0.5 + 1e-9) / 10**decimals


class StatusPage(unittest.TestCase):
    options = None

    def setUp(self):
        self.browser = self.enterContext(Chromium(self.options.chromium))
        self.browser.look(1280)

    def shot(self, name):
        if self.options.screenshots:
            folder = pathlib.Path(self.options.screenshots)
            folder.mkdir(parents=True, exist_ok=True)
            self.browser.screenshot(folder / f"{name}.png")

    def open_demo(self):
        demo = self.enterContext(Demo(self.options.assayd))
        self.browser.open(demo.url + "/")
        self.browser.until(f"{SHOWN} && document.getElementById('live').dataset.state === 'live'")
        return demo

    def newest(self, points):
        """Waits for a first row with these points; its parts as text."""
        self.browser.until(f"{text_of('.change .badge')}.includes({points!r})")
        return self.browser.evaluate(
            "(row => ({ text: row.textContent, position: row.dataset.change }))(document.querySelector('.change'))")

    def expect_untroubled(self, url):
        self.assertEqual(self.browser.complaints(), [])
        for address in self.browser.requested():
            self.assertTrue(address.startswith((url + "/", "about:")), address)

    def expect_legible(self):
        script = (pathlib.Path(__file__).parent / "legibility.js").read_text()
        self.assertEqual(self.browser.evaluate(script), [])

    def test_shows_what_the_api_says(self):
        demo = self.open_demo()
        score = demo.score()
        sums = score["compliance"]
        page = self.browser.evaluate
        self.assertEqual(page(text_of("#compliance .big")), f"{half_up(sums['ratio'] * 100, 1):.1f} %")
        self.assertIn(f"{half_up(sums['points'], 2):.2f}".rstrip("0").rstrip(".") + f" of {sums['max_points']} points",
                      page(text_of("#compliance .points")))
        self.assertIn(f"{half_up(score['secure_score']['ratio'] * 100, 1):.1f} %", page(text_of("#secure .big")))
        self.assertIn("old", page(text_of("#secure")))
        self.assertIn("nothing is unknown", page(text_of("#compliance")))
        self.assertGreaterEqual(page("document.querySelectorAll('.change').length"), 8)
        self.assertIn("→", page(text_of(".change .score-change")))
        sources = ask(f"{demo.url}/api/v1/tenants/contoso/sources")["items"]
        self.assertEqual(page("document.querySelectorAll('.source').length"), len(sources))
        self.assertEqual(page(text_of("#disclaimer")), score["disclaimer"])
        self.assertFalse(page("document.getElementById('demo').hidden"))
        self.assertIn("contoso", page("document.title"))
        self.assertNotIn("[object", page("document.body.innerText"))
        self.expect_untroubled(demo.url)

    def test_the_trend_can_be_read_by_keys_and_as_a_table(self):
        self.open_demo()
        page = self.browser.evaluate
        self.assertGreaterEqual(page("document.querySelectorAll('.chart path.line').length"), 1)
        self.assertGreaterEqual(page("document.querySelectorAll('.chart .tick').length"), 6)
        page("document.querySelector('.chart').focus()")
        newest = page("document.querySelector('.chart').getAttribute('aria-valuetext')")
        self.browser.key("Home", 36)
        oldest = page("document.querySelector('.chart').getAttribute('aria-valuetext')")
        self.assertNotEqual(newest, oldest)
        self.assertRegex(oldest, r"^\d{4}-\d\d-\d\d \d\d:\d\d: (unknown|[\d.]+ %, )")
        self.assertEqual(page(text_of(".reading")), oldest)
        self.assertGreaterEqual(page("document.querySelectorAll('#trend tbody tr').length"), 89)

    def test_what_is_unknown_is_a_gap_and_never_a_zero(self):
        demo = self.open_demo()
        shape = self.browser.evaluate("""import('/assets/trend.js').then(({ renderTrend }) => {
            const day = (n, points, unknown) => ({ time: new Date(Date.UTC(2026, 8, n)).toISOString(), points,
                max_points: points === null ? null : 100, ratio: points === null ? null : points / 100,
                unknown_max_points: unknown });
            const series = [day(1, 60, 0), day(2, 60, 0), day(3, null, null), day(4, 0, 100), day(5, 70, 20), day(6, 70, 0)];
            const host = document.createElement('div');
            host.style.width = '600px';
            document.body.append(host);
            host.append(...renderTrend({ series, changes: [], changes_left_out: 0 }).flat());
            return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
                const cells = [...host.querySelectorAll('tbody tr')].map((row) => row.children[1].textContent);
                done({ lines: host.querySelectorAll('path.line').length, bands: host.querySelectorAll('path.unknown').length, cells });
            })));
        })""")
        self.assertEqual(shape["lines"], 2)
        self.assertEqual(shape["bands"], 1)
        self.assertEqual(shape["cells"].count("unknown"), 2)
        self.assertNotIn("0.0 %", shape["cells"])
        self.expect_untroubled(demo.url)

    def test_the_highest_is_also_that_between_two_samples(self):
        self.open_demo()
        shown = self.browser.evaluate("""import('/assets/trend.js').then(({ renderTrend }) => {
            const day = (n, ratio) => ({ time: new Date(2026, 8, n).toISOString(), points: ratio === null ? null : ratio * 100,
                max_points: ratio === null ? null : 100, ratio, unknown_max_points: ratio === null ? null : 0 });
            const change = (n, before, after, known = before) => ({ time: new Date(2026, 8, n, 12).toISOString(), position: n,
                points_before: before, points_after: after, max_points_before: 100, max_points_after: 100,
                actions: [{ points_before: known, points_after: after }] });
            const series = [day(1, null), day(2, 0.5), day(3, 0.5), day(4, 0.5), day(5, 0.5)];
            const changes = [change(4, 40, 50), change(4, 60, 40), change(3, 50, 60), change(2, 20, 50, null), change(0, 0, 90)];
            return [0, 3].map((left) => renderTrend({ series, changes, changes_left_out: left }).flat()[2].textContent);
        })""")
        self.assertIn("From 50.0 % to 50.0 %; lowest 40.0 % on 2026-09-04, highest 60.0 % on 2026-09-03", shown[0])
        self.assertIn("of what is shown on this page lowest 40.0 %", shown[1])

    def test_says_what_is_unknown(self):
        self.open_demo()
        shown = self.browser.evaluate("""import('/assets/score.js').then(({ renderScore }) => {
            const sums = { points: 50, max_points: 200, ratio: 0.25, ratio_known: 0.5, coverage: 0.5, unknown_max_points: 100,
                customer: { points: 50, max_points: 200 }, microsoft: { points: 0, max_points: 0 } };
            const score = { ready: true, compliance: sums, measured: sums, secure_score: null };
            return renderScore(score, []).map((section) => section.textContent).join(' ');
        })""")
        for part in ("25.0 %", "50 of 200 points", "Of what is known50.0 % 50 of 100 points", "Coverage50.0 %",
                     "100 points are unknown", "No snapshot of Microsoft’s figures has been read yet"):
            self.assertIn(part, shown)

    def test_rounds_as_everybody_does(self):
        self.open_demo()
        shown = self.browser.evaluate("""import('/assets/text.js').then((text) => [
            text.percent(0.5115), text.percent(0), text.percent(1), text.percent(null), text.points(1.005), text.points(862.1525),
            text.points(27), text.signedPoints(-2.5), text.ageText(59.9), text.ageText(3725), text.ageText(200000), text.valueText(null),
            text.utcTime('2026-11-22T21:07:33.017Z')])""")
        self.assertEqual(shown, ["51.2 %", "0.0 %", "100.0 %", "–", "1.01", "862.15", "27", "−2.5", "59 s", "1 h 02 min",
                                 "2 d 7 h", "nothing", "2026-11-22 21:07:33 UTC"])

    def test_follows_a_change_by_itself(self):
        demo = self.open_demo()
        self.browser.evaluate(WATCH)
        before = demo.score()["compliance"]["points"]
        demo.scenario("mfa", False, "jonas.weber")
        row = self.newest("−27 points")
        self.browser.until(f"{text_of('.change .actor')}.includes('jonas.weber')")
        row = self.newest("−27 points")
        self.assertIn("enabled → disabled", row["text"])
        self.assertIn("27 → 0 of 27", row["text"])
        change = ask(f"{demo.url}/api/v1/tenants/contoso/history?limit=1")["changes"][0]
        self.assertEqual(str(change["position"]), row["position"])
        recorded = self.browser.evaluate(f"Date.parse({change['recorded']!r})")
        shown = self.browser.evaluate(f"shownAt[{row['position']}]")
        self.assertLess((shown - recorded) / 1000, SECONDS_TO_SHOW)
        self.assertEqual(change["points_before"], before)
        ratio = demo.score()["compliance"]["ratio"]
        self.browser.until(f"{text_of('#compliance .big')} === '{half_up(ratio * 100, 1):.1f} %'")
        self.browser.until(f"{text_of('.regression')}.includes('−27')")
        self.assertIn(MFA, self.browser.evaluate("document.querySelector('.regression a').href"))
        self.browser.until(f"{text_of('#announcement')}.includes('−27 points')")
        self.shot("regression")
        demo.scenario("mfa", True, "mara.lindqvist")
        self.newest("+27 points")
        self.browser.until("!document.querySelector('.regression')")
        self.expect_untroubled(demo.url)

    def test_text_from_a_tenant_stays_text(self):
        demo = self.open_demo()
        demo.disable_policy("Block legacy authentication", MARKUP)
        row = self.newest("−27 points")
        self.assertIn(MARKUP, row["text"])
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('main img').length"), 0)
        self.assertEqual(self.browser.evaluate("typeof window.spoilt"), "undefined")
        refused = self.browser.evaluate(
            "(() => { try { document.createElement('p').innerHTML = '<b>x</b>'; return false } catch { return true } })()")
        self.assertTrue(refused, "the policy lets a script turn text into markup")

    def test_text_from_a_tenant_turns_and_hides_nothing(self):
        demo = self.open_demo()
        demo.disable_policy("Block legacy authentication", "Block \u202eycagel\u2066 \u0085\u001b[2J")
        self.browser.until("!!document.querySelector('.regression pre')")
        shown = "Block \\u{202e}ycagel\\u{2066} \\u{85}\\x1b[2J"
        self.assertIn(shown, self.newest("−27 points")["text"])
        codes = self.browser.evaluate("""[...new Set([document.title, document.body.innerText.replaceAll('\\n', ''),
            ...[...document.querySelectorAll('[title]')].map((each) => each.title)].join(''))].map((each) => each.codePointAt(0))""")
        self.assertEqual([hex(code) for code in codes if code in UNSEEN], [])
        # A body that is copied still is JSON, and means the same name.
        put_back = self.browser.evaluate(text_of(".regression pre"))
        self.assertTrue(put_back.startswith("PATCH "), put_back)
        self.assertIn("\n", put_back)
        escaped = self.browser.evaluate("""import('/assets/text.js').then(({ jsonText, visible }) => {
            const name = String.fromCharCode(%s);
            return [visible(name), JSON.parse(jsonText({ name })).name === name, jsonText({ name })];
        })""" % ",".join(map(str, UNSEEN)))
        self.assertTrue(escaped[1])
        for text in (escaped[0], escaped[2].replace("\n", "")):
            self.assertEqual([each for each in text if ord(each) in UNSEEN], [])

    def test_a_source_that_fails_says_why(self):
        demo = self.open_demo()
        ask(f"{demo.simulator}/faults", "POST",
            {"path": "/v1.0/identity/conditionalAccess/policies", "fault": "status:403", "times": 1000})
        self.browser.until("document.querySelector('[data-source=conditional-access]').dataset.status === 'failing'")
        shown = self.browser.evaluate(text_of("[data-source=conditional-access]"))
        self.assertIn("forbidden", shown)
        self.assertIn("Policy.Read.All", shown)
        self.shot("failing")

    def test_comes_back_when_the_daemon_does(self):
        demo = self.open_demo()
        listen = demo.url.removeprefix("http://")
        demo.stop()
        self.browser.until("document.getElementById('live').textContent.startsWith('Reconnecting since')")
        self.shot("reconnecting")
        self.enterContext(Demo(self.options.assayd, listen))  # with a log of its own
        self.browser.until("document.getElementById('live').dataset.state === 'live'", patience=40)
        self.browser.until("document.getElementById('problem').hidden && document.querySelectorAll('.change').length > 8")

    def test_is_legible_on_small_and_dark_screens(self):
        demo = self.open_demo()
        demo.scenario("mfa", False, "jonas.weber")
        self.browser.until("!!document.querySelector('.regression')")
        for width in (360, 768, 1280):
            for scheme in ("light", "dark"):
                self.browser.look(width, scheme=scheme)
                self.browser.until(f"Math.abs((document.querySelector('.chart svg')?.clientWidth ?? 0) - document.querySelector('.chart').clientWidth) < 2")
                self.assertLessEqual(self.browser.evaluate("document.documentElement.scrollWidth"), width)
                self.expect_legible()
                self.shot(f"{width}_{scheme}")

    def test_says_what_came_back(self):
        self.open_demo()
        shown = self.browser.evaluate("""import('/assets/regressions.js').then(({ renderRegressions }) => {
            const lost = { id: 'r-0-1', state: 'open', cause: 'configuration', points_lost: 27, occurred: '2026-11-22T10:00:00.000Z',
                actions: [{ id: 'a', group: null, points_lost: 27 }], changes: [], actor: null, candidates: [],
                actor_reason: 'not_yet', revert: null, flaps: 0 };
            const items = [lost, { ...lost, reopened: null }, { ...lost, flaps: 2, reopened: '2026-11-22T10:30:00.000Z' }];
            const ago = (iso) => (Date.parse('2026-11-22T10:31:00.000Z') - Date.parse(iso)) / 1000;
            return [...renderRegressions({ items }, 'contoso', new Map(), ago).children].map((row) => row.textContent);
        })""")
        for row in shown[:2]:
            self.assertIn("for 31 min 00 s", row)
            self.assertNotIn("came back", row)
        self.assertIn("for 1 min 00 s", shown[2])
        self.assertRegex(shown[2], r"came back 2 times since 2026-11-2\d \d\d:00:00")

    def test_says_whose_times_it_shows(self):
        for zone, text in (("UTC", "Times are UTC."), ("Etc/UTC", "Times are UTC."),
                           ("Europe/Berlin", "Times are those of Europe/Berlin; pointing at one shows UTC.")):
            self.browser.call("Emulation.setTimezoneOverride", timezoneId=zone)
            self.open_demo()
            self.assertEqual(self.browser.evaluate(text_of("#zone")), text)

    def test_tells_administrators_what_was_refused(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        daemon = self.enterContext(Guarded(self.options.assayd, folder))
        for number in range(7):
            told = daemon.send({"specversion": "1.0", "id": str(number), "source": "/x", "type": "nonsense\u202e"})
            self.assertEqual(len(told["quarantined"]), 1)
        browser = self.browser
        browser.open(daemon.url + "/")
        for token, seen in ((daemon.administrator, True), (daemon.token, False)):
            browser.until("document.activeElement?.id === 'token'")
            browser.type(token)
            browser.key("Enter", 13)
            browser.until(f"{SHOWN} && document.getElementById('login').hidden")
            if seen:
                browser.until("document.querySelectorAll('#quarantine li').length === 5")
                self.assertIn("7 signals", browser.evaluate(text_of("#quarantine")))
                self.assertIn("2 older ones", browser.evaluate(text_of("#quarantine")))
                self.assertIn(told["quarantined"][0]["reason"].replace("\u202e", "\\u{202e}"),
                              browser.evaluate(text_of("#quarantine li")))
                self.expect_legible()
                self.shot("refused")
            self.assertEqual(browser.evaluate("document.getElementById('refused').hidden"), not seen)
            browser.evaluate("document.getElementById('logout').click()")
        asked = [url for url in browser.requested() if "/api/v1/quarantine" in url]
        self.assertEqual(len(asked), 1, "whoever may not know does not ask")

    def test_asks_for_a_token_and_has_no_score_before_the_first_read(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        daemon = self.enterContext(Guarded(self.options.assayd, folder))
        browser = self.browser
        browser.open(daemon.url + "/")
        for token, expected in (("wrong", "not known"), (daemon.useless, "may not read")):
            browser.until("document.activeElement?.id === 'token'")
            browser.type(token)
            browser.key("Enter", 13)
            browser.until(f"{text_of('#login-problem')}.includes({expected!r})")
            browser.evaluate("document.getElementById('token').select()")
        self.expect_legible()
        self.shot("login")
        self.assertTrue(browser.evaluate("document.getElementById('figures').hidden"))
        browser.type(daemon.token)
        browser.key("Enter", 13)
        browser.until(f"{SHOWN} && document.getElementById('login').hidden")
        self.assertEqual(browser.evaluate(text_of("#compliance .big")), "No score yet")
        self.assertIn("no score", browser.evaluate(text_of("#regressions")))
        self.assertNotIn("%", browser.evaluate("document.getElementById('score').textContent"))
        self.assertEqual(browser.evaluate("document.cookie"), "")
        self.shot("no_score")
        self.assertEqual(browser.evaluate("[...document.querySelectorAll('#tenant option')].map((o) => o.value).join()"),
                         "contoso,fabrikam")
        browser.evaluate("(s => { s.value = 'fabrikam'; s.dispatchEvent(new Event('change')) })(document.getElementById('tenant-name'))")
        browser.until("document.title.includes('fabrikam') && location.search === '?tenant=fabrikam'")
        browser.evaluate("document.getElementById('logout').click()")
        browser.until("document.activeElement?.id === 'token' && document.getElementById('figures').hidden")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assayd")
    parser.add_argument("--chromium", default="chromium")
    parser.add_argument("--screenshots")
    StatusPage.options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
