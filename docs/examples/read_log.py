#!/usr/bin/env python3
"""A second reader of the log, written from docs/event-format.md and docs/store-format.md alone.

    read_log.py --store DIR          the store of a daemon, running or not; needs `ldb` (Debian: rocksdb-tools)
    read_log.py --dump DIR           files log.txt and tenants.txt, made beforehand with
                                     ldb --db=STORE/db --column_family=log --hex scan > DIR/log.txt
                                     (the same for tenants), and a copy of STORE/HEAD
    read_log.py --group FILE --position N
                                     the value of one group, as bytes or as hex digits

Prints each event as one line of JSON, then what it computed: number of events, root of the Merkle tree, and
whether HEAD says the same. With --quiet the last part only. Exit status 1 when something does not fit.
Checksums are compared when the Python module xxhash is there (Debian: python3-xxhash).
"""

import argparse
import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import uuid

try:
    import xxhash
except ImportError:
    xxhash = None


class Wrong(Exception):
    """The bytes are not what the documents say."""


def expect(condition, text):
    if not condition:
        raise Wrong(text)


# --- deterministic CBOR -----------------------------------------------------------------------------------


def argument(data, at, info):
    if info < 24:
        return info, at
    expect(info <= 27, "indefinite lengths and reserved values do not occur")
    size = 1 << (info - 24)
    value = int.from_bytes(data[at : at + size], "big")
    expect(len(data) >= at + size, "truncated")
    expect(value >= [24, 0x100, 0x10000, 0x100000000][info - 24], "not the shortest form")
    return value, at + size


def item(data, at=0):
    """The item at `at` and the place behind it. Byte strings become bytes, arrays lists."""
    expect(at < len(data), "truncated")
    major, info = data[at] >> 5, data[at] & 31
    if major == 7:
        expect(data[at] in (0xF4, 0xF5, 0xF6), "only false, true and null are used")
        return {0xF4: False, 0xF5: True, 0xF6: None}[data[at]], at + 1
    value, at = argument(data, at + 1, info)
    if major == 0:
        return value, at
    if major == 1:
        return -1 - value, at
    if major in (2, 3):
        expect(at + value <= len(data), "truncated")
        raw = data[at : at + value]
        return (raw.decode() if major == 3 else raw), at + value
    expect(major == 4, "maps and tags are not used")
    items = []
    for _ in range(value):
        entry, at = item(data, at)
        items.append(entry)
    return items, at


# --- events -----------------------------------------------------------------------------------------------

ENVELOPE = "format shard position revision unit tenant type version origin source id effective recorded data".split()
ORIGINS = "live backfill import catalogue manual".split()
CAUSES = "configuration user_or_device manual expiry catalogue restored".split()
IMPLEMENTATION = "not_implemented implemented alternative_implementation planned out_of_scope".split()
TEST = (
    "none not_assessed passed failed_low_risk failed_medium_risk failed_high_risk "
    "out_of_scope to_be_detected could_not_be_detected partially_tested"
).split()
PAYLOADS = {
    "catalogue.adopted": "version sha256 size",
    "tenant.registered": "alias home_shard",
    "tenant.configured": "alias cloud tags sources params",
    "tenant.retired": "",
    "tenant.rejudged": "catalogue_version catalogue_sha256 results",
    "assessment.created": "assessment title template_id group",
    "setting.changed": "setting hash salt size document previous_read pointers judged catalogue_version results dropped",
    "source.seen": "setting",
    "source.failed": "setting reason status code missing_permission",
    "audit.recorded": "record_id activity category result actor_kind actor_id actor_name actor_address targets",
    "secure_score.recorded": "snapshot_created points max_points controls",
    "action.changed": "action group before after points_before points_after cause setting catalogue_version",
    "tick.elapsed": "due",
    "regression.acknowledged": "regression by",
    "regression.muted": "regression by until",
    "command.requested": "command kind source by",
    "command.completed": "command outcome detail",
}


def state(fields):
    implementation, test, covered, total, unknown_since = fields
    return {
        "implementation": IMPLEMENTATION[implementation],
        "test": TEST[test],
        "covered": covered,
        "total": total,
        "unknown_since": unknown_since,
    }


def event(data):
    fields, end = item(data)
    expect(end == len(data), "bytes behind the event")
    expect(isinstance(fields, list) and len(fields) == len(ENVELOPE), "an envelope has 14 items")
    result = dict(zip(ENVELOPE, fields))
    expect(result["format"] == 1, "envelope format")
    expect(result["version"] == 1, "this reader knows version 1 of every type")
    result["tenant"] = str(uuid.UUID(bytes=result["tenant"]))
    result["origin"] = ORIGINS[result["origin"]]
    names = PAYLOADS[result["type"]].split()
    expect(len(names) == len(result["data"]), f"{result['type']}: {len(names)} fields expected")
    payload = dict(zip(names, result["data"]))
    if result["type"] == "action.changed":
        payload["before"], payload["after"] = state(payload["before"]), state(payload["after"])
        payload["cause"] = CAUSES[payload["cause"]]
    result["data"] = payload
    return result


# --- values of the store ----------------------------------------------------------------------------------


class Value:
    """Format byte, checksum, then fixed pieces from the front."""

    def __init__(self, data, kind):
        expect(len(data) >= 9 and data[0] == kind, f"not a value of format {kind}")
        if xxhash is not None:
            sum_ = struct.unpack_from("<Q", data, 1)[0]
            expect(xxhash.xxh3_64_intdigest(data[9:]) == sum_, "the checksum differs")
        self.data, self.at = data, 9

    def take(self, size):
        expect(self.at + size <= len(self.data), "truncated")
        self.at += size
        return self.data[self.at - size : self.at]

    def numbers(self, form, count):
        return struct.unpack(f"<{count}{form}", self.take(count * struct.calcsize("<" + form)))


def group(data):
    """Events as (tenant, bytes), and the roots of the frontier behind them."""
    value = Value(data, 1)
    events, tenants, roots = value.numbers("I", 3)
    frontier = [value.take(32) for _ in range(roots)]
    ids = [value.take(16) for _ in range(tenants)]
    whose = value.numbers("H", events)
    ends = value.numbers("I", events)
    content = value.take(len(data) - value.at)
    expect(ends[-1] == len(content), "the last event does not end with the value")
    starts = (0,) + ends[:-1]
    return [(ids[w], content[a:b]) for w, a, b in zip(whose, starts, ends)], frontier


def sealed_range(data, shard, first, block_of):
    """The same for a sealed range, whose events lie in one block per tenant."""
    value = Value(data, 2)
    count, tenants, roots = value.numbers("I", 3)
    ids = [value.take(16) for _ in range(tenants)]
    whose = value.numbers("H", count)
    frontier = [value.take(32) for _ in range(roots)]
    events = [None] * count
    for number, tenant in enumerate(ids):
        block = Value(block_of[tenant + struct.pack(">HQ", shard, first)], 3)
        (entries,) = block.numbers("I", 1)
        index = block.numbers("I", 2 * entries)
        content = block.take(len(block.data) - block.at)
        begin = 0
        for offset, end in zip(index[0::2], index[1::2]):
            expect(whose[offset] == number, "a block has an event of another tenant")
            events[offset] = (tenant, content[begin:end])
            begin = end
    expect(None not in events, "an event of the range is missing")
    return events, frontier


def head(data, shard=0):
    """The newest valid slot of HEAD: (tree size, root)."""
    best = None
    for slot in (2 * shard, 2 * shard + 1):
        raw = data[512 * slot : 512 * slot + 512]
        try:
            fields, end = item(raw)
        except Wrong:
            continue
        if hashlib.sha256(raw[:end]).digest()[:8] != raw[end : end + 8]:
            continue
        magic, of, sequence, size, root = fields
        if magic == "assayd-head-1" and of == shard and (best is None or sequence > best[0]):
            best = (sequence, size, root)
    return best and best[1:]


# --- the Merkle tree --------------------------------------------------------------------------------------


def append(frontier, size, leaf):
    node = leaf
    while size & 1:
        node = hashlib.sha256(b"\x01" + frontier.pop() + node).digest()
        size >>= 1
    frontier.append(node)


def root_of(frontier):
    if not frontier:
        return hashlib.sha256(b"").digest()
    root = frontier[-1]
    for left in reversed(frontier[:-1]):
        root = hashlib.sha256(b"\x01" + left + root).digest()
    return root


# --- reading ----------------------------------------------------------------------------------------------


def parse_scan(text):
    """Lines of `ldb --hex scan`: 0xKEY : 0xVALUE (or ==> in newer versions)."""
    rows = {}
    for line in text.splitlines():
        parts = line.replace("==>", ":").split(" : ")
        if len(parts) == 2 and parts[0].startswith("0x"):
            rows[bytes.fromhex(parts[0].strip()[2:])] = bytes.fromhex(parts[1].strip()[2:])
    return rows


def scan(store, family):
    command = ["ldb", f"--db={store / 'db'}", f"--column_family={family}", "--hex", "scan"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def bytes_of(path):
    raw = path.read_bytes()
    try:
        return bytes.fromhex(raw.decode())
    except ValueError:
        return raw


def plain(value):
    return value.hex() if isinstance(value, bytes) else str(value)


def read(log, blocks, quiet):
    frontier, size = [], 0
    for key in sorted(log):
        expect(len(key) == 10, "a key of the log has ten bytes")
        shard, first = struct.unpack(">HQ", key)
        if shard != 0:
            continue
        expect(first == size, f"position {size} is missing")
        value = log[key]
        events, stated = sealed_range(value, shard, first, blocks) if value[0] == 2 else group(value)
        for tenant, data in events:
            decoded = event(data)
            expect(decoded["position"] == size and decoded["shard"] == shard, f"position {size} says otherwise")
            expect(uuid.UUID(bytes=tenant) == uuid.UUID(decoded["tenant"]), f"position {size}: another tenant")
            append(frontier, size, hashlib.sha256(b"\x00" + data).digest())
            size += 1
            if not quiet:
                print(json.dumps(decoded, default=plain, ensure_ascii=False))
        expect(stated == frontier, f"the frontier after position {size - 1} differs from what is stated")
    return size, root_of(frontier)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=pathlib.Path)
    parser.add_argument("--dump", type=pathlib.Path)
    parser.add_argument("--group", type=pathlib.Path)
    parser.add_argument("--position", type=int, default=0)
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args()
    if options.group:
        for offset, (_, data) in enumerate(group(bytes_of(options.group))[0]):
            decoded = event(data)
            expect(decoded["position"] == options.position + offset, "another position")
            print(json.dumps(decoded, default=plain, ensure_ascii=False))
        return 0
    folder = options.store or options.dump
    if folder is None:
        parser.error("one of --store, --dump, --group is needed")
    if options.store:
        # HEAD first: the log may grow while it is read, and never shrinks.
        stated = head((folder / "HEAD").read_bytes())
        log, blocks = parse_scan(scan(folder, "log")), parse_scan(scan(folder, "tenants"))
    else:
        stated = head((folder / "HEAD").read_bytes()) if (folder / "HEAD").exists() else None
        log, blocks = (parse_scan((folder / f"{name}.txt").read_text()) for name in ("log", "tenants"))
    size, root = read(log, blocks, options.quiet)
    checked = "compared" if xxhash else "not compared: no module xxhash"
    print(f"{size} events, root {root.hex()}, checksums {checked}", file=sys.stderr)
    if stated is None:
        return 0
    if (size, root) == stated:
        print("HEAD says the same", file=sys.stderr)
        return 0
    expect(size > stated[0], f"HEAD has {stated[0]} events with root {stated[1].hex()}")
    print(f"HEAD is behind, at {stated[0]} events: the log went on while it was read", file=sys.stderr)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Wrong as problem:
        print(f"wrong: {problem}", file=sys.stderr)
        sys.exit(1)
