"""The part of JSON Schema that server/assets/openapi.json uses, and a check of answers against that document."""

import re

HEADERS = ("X-Request-Id", "Server-Timing", "ETag", "Content-Encoding")


class Description:
    def __init__(self, document):
        self.document = document

    def resolve(self, schema):
        while "$ref" in schema:
            node = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                node = node[part]
            schema = node
        return schema

    def fits(self, value, schema):
        return not self.errors(value, schema)

    def errors(self, value, schema, where="$"):
        schema = self.resolve(schema)
        if "anyOf" in schema:
            return [] if any(self.fits(value, s) for s in schema["anyOf"]) else [f"{where}: fits none of anyOf"]
        if "enum" in schema and value not in schema["enum"]:
            return [f"{where}: {value!r} is none of {schema['enum']}"]
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(is_kind(value, kind) for kind in kinds):
            return [f"{where}: {value!r:.60} is no {kinds}"]
        found = []
        if is_kind(value, "number"):
            if value < schema.get("minimum", value) or value > schema.get("maximum", value):
                found.append(f"{where}: {value} is out of range")
        if isinstance(value, list):
            if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
                found.append(f"{where}: {len(value)} items")
            for i, item in enumerate(value):
                found += self.errors(item, schema.get("items", {}), f"{where}[{i}]")
        if isinstance(value, dict):
            properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
            found += [f"{where}: {name} is missing" for name in schema.get("required", []) if name not in value]
            for name, item in value.items():
                if name in properties:
                    found += self.errors(item, properties[name], f"{where}.{name}")
                elif others is False:
                    found.append(f"{where}: {name} is not described")
                elif isinstance(others, dict):
                    found += self.errors(item, others, f"{where}.{name}")
        return found

    def operation(self, method, path):
        """The template of a path, and the operation; None where there is none."""
        for template, item in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{[a-z]+\}", "[^/]+", template), path) and method.lower() in item:
                return item[method.lower()]
        return None

    def answer_errors(self, method, path, answer):
        """What is wrong with an answer to a request of path (without its query)."""
        operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path} is not described"]
        response = operation["responses"].get(str(answer.status))
        if response is None:
            return [f"{method} {path}: status {answer.status} is not described"]
        response = self.resolve(response)
        headers = {name: self.resolve(header) for name, header in response.get("headers", {}).items()}
        missing = [name for name, header in headers.items() if header.get("required") and name not in answer.headers]
        unknown = [name for name in HEADERS if name in answer.headers and name not in headers and answer.status < 400]
        if missing or unknown:
            return [f"{method} {path}: {answer.status} lacks {missing}, and has {unknown}, which are not described"]
        if "content" not in response:
            return [f"{method} {path}: a body with {answer.status}"] if answer.body else []
        kind = answer.headers.get("Content-Type", "").split(";")[0]
        if kind not in response["content"]:
            return [f"{method} {path}: content type {kind} is not described for {answer.status}"]
        schema = response["content"][kind].get("schema")
        return self.errors(answer.json, schema) if schema else []


def is_kind(value, kind):
    if kind in ("integer", "number") and isinstance(value, bool):
        return False
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "null": type(None)}
    return isinstance(value, (int, float)) if kind == "number" else isinstance(value, kinds[kind])
