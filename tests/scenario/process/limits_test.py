"""What a request can ask for is bounded: series of metrics, pages, moments, filters."""

import http.client
import json
import unittest

from assayd_process import TENANT, Site, audit, policies, rights_management


class LimitsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Site()
        cls.daemon = cls.site.start()
        cls.daemon.send([audit() for _ in range(30)] + [rights_management(True)])

    @classmethod
    def tearDownClass(cls):
        cls.daemon.stop()
        cls.site.remove()

    def requests_series(self):
        text = self.daemon.ask("GET", "/metrics")[1]
        return {line.rsplit(" ", 1)[0] for line in text.splitlines() if line.startswith("assayd_http_requests_total")}

    def test_methods_and_paths_that_are_invented_make_no_series(self):
        self.requests_series()
        for number in range(3):
            self.ask_oddly(number)
        before = self.requests_series()
        for number in range(3, 120):
            self.ask_oddly(number)
        after = self.requests_series()
        self.assertLessEqual(len(after - before), 1, after - before)
        self.assertFalse([series for series in after if "INVENTED" in series or "nowhere" in series])

    def ask_oddly(self, number):
        connection = self.daemon.connect()
        try:
            connection.request(f"INVENTED{number}", f"/nowhere/{number}")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            pass
        connection.close()
        self.daemon.ask("GET", f"/nowhere/{number}")
        self.daemon.ask("GET", f"/api/v1/tenants/nowhere{number}/score")

    def status(self, path):
        return self.daemon.ask("GET", path)[0].status

    def test_pages_are_small_and_there_is_always_a_next(self):
        events = f"/api/v1/tenants/{TENANT}/events"
        for limit in ("0", "1001", "1000000000", "99999999999999999999999", "-1", "1e3"):
            self.assertEqual(self.status(f"{events}?limit={limit}"), 400, limit)
        page = self.daemon.get(events + "?limit=7")
        self.assertEqual(len(page["items"]), 7)
        self.assertIsNotNone(page["next"])

    def test_a_limited_list_of_events_is_of_the_newest_upwards(self):
        def listed(*more):
            done = self.site.run("events", "--output", "json", *more)
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(done.stdout)["items"]

        everything = listed("--limit", "1000")
        positions = [event["position"] for event in everything]
        self.assertEqual(positions, sorted(positions))
        self.assertGreater(len(everything), 10)
        self.assertEqual(listed("--limit", "5"), everything[-5:])
        kind = everything[0]["type"]
        self.assertEqual(listed("--limit", "1", "--type", kind), [each for each in everything if each["type"] == kind][-1:])
        self.assertEqual(self.site.run("events", "--limit", "0").returncode, 2)

    def test_nothing_that_a_tenant_named_reaches_the_terminal_as_it_is(self):
        name = "a\x1b]0;b\x07\x9b31m\u202e\r\nb"
        for state in ("enabled", "disabled"):
            answer = self.daemon.send([policies(name, state)])[1]
            self.assertEqual(answer["accepted"], 1, answer)
        document = self.site.folder / "policies.json"
        document.write_text(json.dumps(policies(name, "disabled")["data"]))
        action = "require-mfa-for-all-users"
        for command in (
            ["explain", action],
            ["history", "--output", "csv"],
            ["events", "--output", "csv"],
            ["events", "--output", "json"],
            ["regressions"],
            ["rule", "test", "--action", action, "--document", f"graph/conditionalAccessPolicies={document}"],
        ):
            done = self.site.run(*command)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotRegex(done.stdout, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", command)
            if command[0] == "explain":
                self.assertIn("]0;b", done.stdout, command)

    def test_moments_and_steps_out_of_all_measure_are_refused_or_bounded(self):
        tenant = f"/api/v1/tenants/{TENANT}"
        self.assertEqual(self.status(tenant + "/score?as_of=2999-01-01T00:00:00Z"), 400)
        self.assertEqual(self.status(tenant + "/score?as_of=1970-01-01T00:00:00Z"), 200)
        self.assertEqual(self.status(tenant + "/score?position=18446744073709551616"), 400)
        decade = "/history?from=2016-01-01T00:00:00Z&to=2026-01-01T00:00:00Z"
        self.assertEqual(self.status(tenant + decade + "&step=1s"), 400)
        answer, body = self.daemon.ask("GET", tenant + decade)
        self.assertIn(answer.status, (200, 400))
        self.assertLess(len(body), 8_000_000)
        self.assertEqual(self.status(tenant + "/actions?q=" + "(a" * 3000), 200, "words, no expressions")


if __name__ == "__main__":
    unittest.main()
