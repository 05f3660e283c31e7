"""Requests made from /openapi.json by chance, sound ones and others: every answer is one that it describes."""

import random
import urllib.parse

from lib import *
from schema import Description

fish = build("fish", FISH)
birds = build("birds", BIRDS[:40], "--shard-size", "1000")
rng = random.Random(int(os.environ.get("OPENAPI_SEED", "3")))
WORDS = ["fish", "red", "sixpence", "bird number 3 sings a song of sixpence", "€", "😀", "ü", "\0", "\n", " ", "</a>", "%", "&=+", "\\", '"', "\x7f"]
REQUESTS = int(os.environ.get("OPENAPI_REQUESTS", "1500"))


def any_text():
    return "".join(rng.choice(WORDS) for _ in range(rng.randint(0, 5)))


def value_of(description, schema, sound):
    schema = description.resolve(schema)
    if not sound and rng.random() < 0.3:
        return rng.choice([None, True, -1, 0, 1.5, 10**30, "x", "", [], {}, ["x"], [[]], {"query": "x"}, "10", any_text() * 30])
    if "anyOf" in schema:
        return value_of(description, rng.choice(schema["anyOf"]), sound)
    if "enum" in schema:
        return rng.choice(schema["enum"])
    kind = schema["type"] if isinstance(schema["type"], str) else rng.choice(schema["type"])
    if kind == "string":
        return any_text() or "x" * schema.get("minLength", 0)
    if kind == "integer":
        least = schema.get("minimum", 0)
        value = rng.choice([least, least + 1, schema.get("default", 5), rng.randint(least, least + 50), 10**18])
        return min(value, schema.get("maximum", value)) if sound else value
    if kind == "boolean":
        return rng.choice([True, False])
    if kind == "number":
        return rng.choice([0, 1, round(rng.random(), 3)])
    if kind == "array":
        return [value_of(description, schema["items"], sound) for _ in range(rng.randint(schema.get("minItems", 0), 4))]
    if kind == "object":
        names = schema["properties"]
        wanted = [n for n in names if n in schema.get("required", []) or rng.random() < 0.3]
        if not sound and rng.random() < 0.3:
            wanted = [n for n in wanted if rng.random() < 0.7] + rng.choice([[], ["other"]])
        return {n: value_of(description, names.get(n, {"type": "string"}), sound) for n in wanted}
    return None


def request_of(description, path, item, method, sound):
    operation = item[method]
    query = {}
    for parameter in item.get("parameters", []) + operation.get("parameters", []):
        name, schema = parameter["name"], parameter["schema"]
        if parameter["in"] == "header":
            continue
        if parameter["in"] == "path":
            value = rng.choice(["fish", "birds"] + ["none"] * (not sound)) if name == "index" else value_of(description, schema, sound)
            path = path.replace("{" + name + "}", urllib.parse.quote(str(value), safe=""))
        elif parameter.get("required") or rng.random() < 0.3:
            value = "birds" if name == "with" and sound else value_of(description, schema, sound)
            query[name] = str(value).lower() if isinstance(value, bool) else value
    if not sound and rng.random() < 0.1:
        query["other"] = "x"
    body = None
    if "requestBody" in operation and "application/json" not in operation["requestBody"]["content"]:
        body = rng.choice(["question\n", '{"question": "']) + json.dumps(any_text())[1:-1] + '"}'
    elif "requestBody" in operation:
        body = json.dumps(value_of(description, operation["requestBody"]["content"]["application/json"]["schema"], sound))
        if path == "/" and sound:
            body = json.dumps({**json.loads(body), "index": "fish"})
        if not sound and rng.random() < 0.1:
            body = body[: rng.randint(0, len(body))]
    return path, ("?" + urllib.parse.urlencode(query, doseq=True) if query else ""), body


def test():
    with Daemon("-i", fish, "-i", birds) as d:
        description = Description(d.get("/openapi.json").json)
        operations = [(p, i, m) for p, i in description.document["paths"].items() for m in i if m in ("get", "post")]
        wrong, statuses, seen = [], {}, set()
        for number in range(REQUESTS):
            path, item, method = rng.choice(operations)
            path, query, body = request_of(description, path, item, method, number % 2 == 0)
            upload = path in ("/v1/benchmark", "/bulletin/benchmarks")
            headers = {"Content-Type": "application/octet-stream"} if upload else None
            answer = d.request(method.upper(), path + query, body, headers)
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
            seen.add((item[method]["operationId"], answer.status))
            errors = description.answer_errors(method, path, answer) if path.count("/") < 5 and not path.endswith("/doc/") else []
            if errors or answer.status >= 500:
                wrong.append((method, path + query, body, answer, errors[:3]))
        check(f"every answer is described ({statuses})", not wrong, "\n".join(map(str, wrong[:5])))
        for name in ("count", "countPost", "find", "findPost", "locate", "locatePost", "next", "nextPost", "batch", "benchmark", "contam", "trace", "peer"):
            check(f"{name}: sound and other requests were made", {(name, 200), (name, 400)} <= seen, seen)
        check("doc: documents were there, and were not", {("doc", 200), ("doc", 404)} <= seen, seen)


main(test)
