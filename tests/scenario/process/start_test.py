"""A start that cannot be: each says exactly what is wrong, where, and what to do; nothing is half done."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import unittest

from assayd_process import ASSAYD, CATALOGUE, Daemon, Site, audit, run


class StartTest(unittest.TestCase):
    def setUp(self):
        self.site = Site()
        self.addCleanup(self.site.remove)

    def refuse(self, status, *texts):
        done = self.site.run("serve", "--listen", "127.0.0.1:0")
        self.assertEqual(done.returncode, status, done.stderr)
        for text in texts:
            self.assertIn(text, done.stderr)
        return done

    def live(self, signals=3):
        daemon = self.site.start()
        self.assertEqual(daemon.send([audit() for _ in range(signals)])[0], 200)
        self.assertEqual(daemon.stop(), 0)

    def test_a_second_daemon_is_told_who_holds_the_store(self):
        daemon = self.site.start()
        self.refuse(1, f"process {daemon.process.pid}", str(self.site.data))
        self.assertEqual(daemon.ask("GET", "/readyz")[0].status, 200)
        self.assertEqual(daemon.stop(), 0)

    def test_the_first_start_takes_a_data_folder_beside_itself(self):
        for data in ("store", "./deeper/store", str(self.site.data.name) + "/"):
            daemon = Daemon(self.site, "serve", data=data, folder=self.site.folder)
            self.assertEqual(daemon.ask("GET", "/readyz")[0].status, 200, data)
            self.assertEqual(daemon.stop(), 0)

    def test_only_a_start_makes_a_store(self):
        for command in (["verify"], ["rebuild"], ["catalogue", "diff"], ["rule", "test", "--action", "x"]):
            done = run(*command, "--config", str(self.site.config), "--data", str(self.site.data))
            self.assertEqual(done.returncode, 1, (command, done.stdout, done.stderr))
            self.assertIn(f"not_found: there is no store at {self.site.data}", done.stderr, command)
            self.assertFalse(self.site.data.exists(), command)

    def test_a_data_folder_that_others_can_read_is_refused_with_the_cure(self):
        self.site.data.mkdir(mode=0o755)
        os.chmod(self.site.data, 0o755)
        self.refuse(1, f"chmod 700 {self.site.data}", "mode 0755")

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_data_folder_that_cannot_be_written_is_named(self):
        self.site.data.mkdir(mode=0o500)
        self.refuse(1, f"{self.site.data} cannot be written")

    @unittest.skipUnless(os.geteuid() == 0, "only root can give a folder away")
    def test_a_data_folder_of_another_user_is_refused_with_the_cure(self):
        self.site.data.mkdir(mode=0o700)
        os.chown(self.site.data, 65534, 65534)
        self.refuse(1, "belongs to user 65534, this is user 0", f"chown -R 0 {self.site.data}")

    def test_the_key_of_another_store_is_refused(self):
        daemon = Daemon(self.site, "serve")
        self.assertEqual(daemon.stop(), 0)
        key = self.site.data / "store.key"
        right = key.read_text()
        key.write_text("ab" * 32 + "\n")
        self.refuse(3, "another one than the store was written with", "store.key_file")
        key.write_text(right)
        self.assertEqual(Daemon(self.site, "serve").stop(), 0)

    def test_a_data_folder_in_a_file_is_named(self):
        self.site.data.write_text("not a folder")
        self.refuse(1, str(self.site.data))

    def test_a_listening_address_of_the_command_line_is_checked_like_one_of_the_file(self):
        for listen, text in (("0.0.0.0:0", "'0.0.0.0:0' is not a loopback address"), ("banana", "must be ADDRESS:PORT")):
            for command in ("serve", "demo"):
                done = self.site.run(command, "--listen", listen)
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertIn("--listen: ", done.stderr)
                self.assertIn(text, done.stderr)
        self.assertFalse(self.site.data.exists(), "nothing was begun")

    def test_a_port_that_is_taken_is_named_with_the_option_for_another(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            for command, option in (
                (self.site.arguments("serve"), "--listen"),
                (["simulate"], "--listen"),
                (["demo", "--simulator-listen", "127.0.0.1:0"], "--listen"),
                (["demo"], "--simulator-listen"),
            ):
                done = run(*command, option, address)
                self.assertEqual(done.returncode, 1, (command, done.stderr))
                self.assertIn(f"listen on {address}: Address already in use; ", done.stderr, command)
                self.assertIn(f"with {option}\n", done.stderr, command)

    def test_a_second_connect_is_told_what_is_held(self):
        state = self.site.folder / "connect"
        state.mkdir(mode=0o700)
        with open(state / "daemon.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            print("4711", end="", file=lock, flush=True)
            self.site.write(self.site.text + f"connect: {{state: {state}}}\n")
            done = self.site.run("connect")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(f"store_busy: {state} is held by process 4711\n", done.stderr)

    def test_a_demo_refuses_a_configuration_instead_of_ignoring_it(self):
        done = self.site.run("demo")
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("--config: the demo has one simulated tenant", done.stderr)
        self.assertIn(f"assayd run --config {self.site.config}", done.stderr)
        self.assertFalse(self.site.data.exists(), "nothing was begun")

    @unittest.skipIf(os.path.exists("/usr/share/assayd/catalogue"), "a catalogue is installed here")
    def test_a_program_without_its_catalogue_says_where_it_looked_and_what_to_do(self):
        alone = self.site.folder / "bin" / "assayd"
        alone.parent.mkdir()
        shutil.copy(ASSAYD, alone)
        for command in ("serve", "connect", "check-config", "demo"):
            done = subprocess.run([alone, command, "--data", self.site.data], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 3, (command, done.stderr))
            for text in ("/usr/share/assayd/catalogue", str(self.site.folder / "share/assayd/catalogue"), "catalogue.paths"):
                self.assertIn(text, done.stderr, command)
            self.assertNotIn("line", done.stderr)
        named = dict(os.environ, ASSAYD_CATALOGUE__PATHS=f"['{CATALOGUE}']")
        done = subprocess.run([alone, "check-config"], capture_output=True, text=True, check=False, env=named)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_missing_key_is_not_replaced_by_a_new_one(self):
        self.live()
        (self.site.data / "store.key").unlink()
        self.refuse(3, str(self.site.data / "store.key"), "put it back")
        self.assertFalse((self.site.data / "store.key").exists())

    def test_a_key_that_others_can_read_is_refused_with_the_cure(self):
        self.live()
        key = self.site.data / "store.key"
        key.chmod(0o644)
        self.refuse(3, f"chmod 600 {key}", "mode 0644")

    def test_every_mistake_of_a_configuration_is_told_at_once(self):
        self.site.write(
            "server: {lisen: x, token_file: /nonexistent/tokens}\nstore: {path: [1]}\nlog: {level: loud}\ntenants:\n"
            "  - {alias: 'a b', tenant_id: nobody}\n"
        )
        place = str(self.site.config)
        self.refuse(
            3,
            f"{place}:1:10: unknown key 'lisen'; did you mean 'listen'?",
            f"{place}:2:",
            f"{place}:3:7: ",
            f"{place}:5:",
            "/nonexistent/tokens",
            "mistakes in the configuration",
        )
        self.assertFalse(self.site.data.exists(), "nothing was begun")

    def test_a_missing_head_is_served_for_reading_and_violates_integrity(self):
        self.live()
        (self.site.data / "HEAD").unlink()
        verified = self.site.run("verify")
        self.assertEqual(verified.returncode, 6, verified.stdout + verified.stderr)
        daemon = self.site.start()
        self.assertEqual(daemon.ask("GET", "/readyz")[0].status, 503)
        self.assertIn("HEAD", daemon.ask("GET", "/readyz?verbose")[1])
        status, problem = daemon.send([audit()])
        self.assertEqual(status, 503, problem)
        self.assertEqual(daemon.stop(), 0)

    def test_a_store_that_cannot_be_opened_is_named_with_what_to_do(self):
        self.live()
        (self.site.data / "db" / "CURRENT").unlink()
        tables = sorted((self.site.data / "db").glob("*.sst"))
        self.refuse(6, str(self.site.data / "db" / "CURRENT"), "backup")
        self.assertEqual(sorted((self.site.data / "db").glob("*.sst")), tables)
        verified = self.site.run("verify", "--output", "json")
        self.assertEqual(verified.returncode, 6)
        told = json.loads(verified.stdout)
        (shard,) = told["shards"]
        self.assertFalse(told["ok"])
        self.assertIn("CURRENT", shard.pop("error"))
        self.assertEqual(shard, {"shard": 0, "position": None, "root": None, "score_digest": None})
        self.assertTrue(self.site.run("verify").stdout.startswith("NOT OK: "))

    def test_a_store_that_lost_a_file_is_named_with_what_to_do(self):
        self.live()
        manifest = next((self.site.data / "db").glob("MANIFEST-*"))
        manifest.unlink()
        done = self.refuse(6, str(manifest), "assayd verify", "docs/operating/recovery.md")
        self.assertNotIn("reopens", done.stderr)
        self.assertEqual(self.site.run("verify").returncode, 6)


if __name__ == "__main__":
    unittest.main()
