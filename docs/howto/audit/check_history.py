"""Check the chain of an exported history without the service: `python3 check_history.py history.json [HEAD]`.

Only the standard library. HEAD is the hash of the last event as somebody outside has kept it; without it
a history that was cut off, or written anew from its beginning, cannot be told from the real one.
"""

import json
import sys
from hashlib import sha256


def canonical(body: object) -> bytes:
    """RFC 8785 for what histories hold: texts, whole numbers, booleans, null, lists, objects."""
    return json.dumps(in_order(body), ensure_ascii=False, separators=(",", ":")).encode()


def in_order(value: object) -> object:
    """Keys sorted as RFC 8785 has it: by UTF-16 code units."""
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    return [in_order(item) for item in value] if isinstance(value, list) else value


def main(path: str, head: str | None = None) -> int:
    with open(path, encoding="utf-8") as file:
        events = json.load(file)["events"]
    previous = "0" * 64
    for number, event in enumerate(events, start=1):
        digest = sha256(b"\x00" + bytes.fromhex(previous) + canonical(event["body"])).hexdigest()
        told = (event["seq"], event["previous"], event["hash"], event["kind"])
        if told != (number, previous, digest, event["body"]["kind"]):
            print(f"event {number} does not fit the chain")
            return 1
        previous = digest
    if head not in (None, previous):
        print(f"the chain ends with {previous}, not with {head}")
        return 1
    print(f"{len(events)} events, the chain is whole; it ends with {previous}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
