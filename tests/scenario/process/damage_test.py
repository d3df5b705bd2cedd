"""A table with a damaged block: the daemon starts, tells, guesses nothing, and serves whom it can."""

import json
import unittest

from assayd_process import TENANT, Site, audit


class DamageTest(unittest.TestCase):
    def setUp(self):
        self.site = Site()
        self.addCleanup(self.site.remove)

    def live(self):
        daemon = self.site.start()
        for _ in range(20):
            self.assertEqual(daemon.send([audit() for _ in range(5)])[0], 200)
        position = daemon.get("/api/v1/integrity")["shards"][0]["position"]
        self.assertEqual(daemon.stop(), 0)
        # The next start turns the write-ahead log into tables.
        self.assertEqual(self.site.start().stop(), 0)
        return position

    def damage_events(self):
        """Flips a byte within the events of the newest table that holds some."""
        for table in sorted((self.site.data / "db").glob("*.sst"), reverse=True):
            content = bytearray(table.read_bytes())
            at = content.find(b"sources/directory-audits")
            if at >= 0:
                content[at] ^= 1
                table.write_bytes(content)
                return
        self.fail("no table holds events")

    def test_a_damaged_block_is_told_and_its_tenant_is_not_scored(self):
        self.live()
        self.damage_events()
        verified = self.site.run("verify", "--output", "json")
        self.assertEqual(verified.returncode, 6, verified.stdout + verified.stderr)
        told = json.loads(verified.stdout)
        self.assertFalse(told["ok"])
        (shard,) = told["shards"]
        self.assertIsInstance(shard["position"], int)
        self.assertTrue(shard["error"])
        self.assertEqual((shard["shard"], shard["root"], shard["score_digest"]), (0, None, None))

        daemon = self.site.start()
        answer, text = daemon.ask("GET", "/readyz?verbose")
        self.assertEqual(answer.status, 503)
        self.assertIn(f"first missing position {shard['position']}", text)
        answer, body = daemon.ask("GET", f"/api/v1/tenants/{TENANT}/score")
        self.assertEqual((answer.status, json.loads(body)["code"]), (503, "store_corrupt"))
        metrics = daemon.ask("GET", "/metrics")[1]
        self.assertIn("assayd_eventstore_read_only 1", metrics)
        self.assertNotIn("assayd_score_points{", metrics)
        status, problem = daemon.send([audit()])
        self.assertEqual((status, problem["code"]), (503, "store_read_only"))
        self.assertEqual(daemon.stop(), 0)

    def test_a_root_that_was_noted_is_proof_of_what_was(self):
        size = self.live()
        told = json.loads(self.site.run("verify", "--output", "json").stdout)
        self.assertEqual((told["ok"], told["shards"][0]["error"], told["shards"][0]["position"]), (True, None, size))
        root = told["shards"][0]["root"]
        daemon = self.site.start()
        self.assertEqual(daemon.send([audit()])[0], 200)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.site.run("verify", "--root", root, "--size", str(size)).returncode, 0)
        other = root[:-1] + ("0" if root[-1] != "0" else "1")
        forged = self.site.run("verify", "--root", other, "--size", str(size))
        self.assertEqual(forged.returncode, 6, forged.stdout)
        self.assertIn("checkpoint", forged.stdout)
        self.assertEqual(self.site.run("verify", "--root", "short").returncode, 2)


if __name__ == "__main__":
    unittest.main()
