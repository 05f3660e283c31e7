"""A decoder of ngidx indexes, written from common/FORMAT.md alone: the document's test, plain rather than fast.

Index(folder) reads an index and checks it whole; count, locate (document and offset) and export (path, line, metadata,
text) answer from it, and ids (the documents with an id, a JSON token). What a reader has to reject raises an exception; so does importing this without the libraries."""
import bisect, ctypes, itertools, json, pathlib, re, struct

PAGE, FF, XXHASH, ZSTD = 4096, 0xFF, ctypes.CDLL("libxxhash.so.0"), ctypes.CDLL("libzstd.so.1")
XXHASH.XXH3_64bits.restype = ZSTD.ZSTD_getFrameContentSize.restype = ZSTD.ZSTD_decompress.restype = ctypes.c_uint64
XXHASH.XXH3_128bits.restype = type("Sum128", (ctypes.Structure,), {"_fields_": [("v", ctypes.c_uint64 * 2)]})
BYTES = [ctypes.c_char_p, ctypes.c_size_t]
XXHASH.XXH3_64bits.argtypes = XXHASH.XXH3_128bits.argtypes = ZSTD.ZSTD_getFrameContentSize.argtypes = BYTES
ZSTD.ZSTD_decompress.argtypes = BYTES + BYTES

def need(condition, what):
    if not condition:
        raise ValueError(what)
def check_sum(data, value, what):
    need(XXHASH.XXH3_64bits(data, len(data)) == value, f"checksum of {what}")
def u(data, at, size):
    need(at + size <= len(data), "a number passes its section")
    return int.from_bytes(data[at:at + size], "little")
def up(x, step):
    return -(-x // step) * step
def packed(data, width, count):
    need(len(data) == up(count * width, 8) // 8, "length of packed numbers")
    return [int.from_bytes(data[i * width // 8:(i + 1) * width // 8 + 1], "little") >> i * width % 8 & (1 << width) - 1
            for i in range(count)]
def varint(records):
    byte = next(records)
    return byte if byte < 128 else byte - 128 + 128 * varint(records)

def elias_fano(data, at, bound, count=None):
    m, u_, low = struct.unpack_from("<QQQ", data, at)
    need(u_ == bound <= 1 << 48 and m == (m if count is None else count) <= 1 << 48, "Elias-Fano header")
    need(low == (0 if m == 0 or bound < 2 * m else min(48, (bound // m).bit_length() - 1)), "Elias-Fano low bits")
    buckets = up(((bound - 1) >> low) + 1, 32)
    high_at = at + 24 + 6 * (buckets // 32 + 1)
    low_at = high_at + up(buckets + m, 8) // 8
    end = low_at + up(m * low, 8) // 8
    ones = [i for i in range(buckets + m) if u(data, high_at + i // 8, 1) >> i % 8 & 1]
    numbers = [i - k << low | x for k, (i, x) in enumerate(zip(ones, packed(data[low_at:end], low, m)))]
    need(len(ones) == m and numbers == sorted(numbers) and all(x < bound for x in numbers[-1:]), "Elias-Fano numbers")
    before = [bisect.bisect_left(numbers, bucket << low) for bucket in range(0, buckets + 1, 32)]
    need([u(data, i, 6) for i in range(at + 24, high_at, 6)] == before, "Elias-Fano directory")
    return numbers, end

SECTIONS = b"META DOCS JUMP RDAT RDIR MARK SAMP SINV DORD HEAD".split()

def sections(data, names=SECTIONS):
    need(data[:8] == b"\x89NGX\r\n\x1a\n", "magic")
    check_sum(data[:4088], u(data, 4088, 8), "the header page")
    version, page_bytes, length, count = struct.unpack_from("<IIQI", data, 8)
    need((version, page_bytes, length) == (1, PAGE, len(data)) and 1 <= count <= 32, "header")
    found, end = {}, PAGE
    for i in range(count):
        name, offset, length = struct.unpack_from("<4s4xQQ", data, 32 + 24 * i)
        need(offset == end and offset + length <= len(data) and name not in found, "table of sections")
        found[name] = data[offset:offset + length]
        end += up(length, PAGE)
    pages, table = offset // PAGE - 1, found[name]
    need(end == len(data) and name == b"PAGE" and length == max(1, (pages + 510) // 511) * PAGE, "section PAGE")
    for at in range(0, length, PAGE):
        check_sum(table[at:at + 4088], u(table, at + 4088, 8), "a page of checksums")
    for i in range(pages):
        check_sum(data[PAGE * (i + 1):PAGE * (i + 2)], u(table, i // 511 * PAGE + i % 511 * 8, 8), f"page {i + 1}")
    return [found[name] for name in names] + [found.get(b"DIDS")]

def decode_cell(data, header, b):
    full, plain, delta, ones = (1 << b) - 1, (b + 7) // 8, header >> 15, header & 511
    if not data:
        value = full if delta or ones else 0
    elif len(data) == plain + (plain == 63):
        value = int.from_bytes(data, "little")
    else:
        words = [i for i in range(8) if data[0] >> i & 1]
        places = [8 * word + byte for i, word in enumerate(words) for byte in range(8) if data[1 + i] >> byte & 1]
        need(len(data) == 1 + len(words) + len(places), "length of a cell")
        value = sum(data[1 + len(words) + i] << 8 * place for i, place in enumerate(places))
        for shift in range(9 if delta else 0):
            value ^= value << (1 << shift)
        value = ~value if not delta and 2 * ones > b else value
    need((value & full).bit_count() % 512 == ones, "ones of a cell")
    return value & full

def decode_super(head):
    size, depth, places = head[8] + 1, head[9], {}
    need(len(head) == up(96 + 13 * size, 64) and depth <= 12, "a superblock")
    for i in range(size):
        before, word, offset, width, c = struct.unpack_from("<6sHHBB", head, 96 + size + 12 * i)
        places[c] = int.from_bytes(before, "little"), word, offset, width
    present = [c for c in range(256) if head[64 + c // 8] >> c % 8 & 1]
    need([list(places)[i] for i in head[96:96 + size]] == present == sorted(places), "places")
    words = [place[1] for place in places.values()]
    inner = [len({word % (1 << k) for word in words if word >> k > 1}) for k in range(depth)]
    need(words == sorted(words) and list(head[10:22]) == inner + [0] * (12 - depth), "code words")
    ends = [*itertools.accumulate([place[3] for place in places.values()], initial=0)]
    need([place[2] for place in places.values()] == ends[:-1] and u(head, 6, 2) == up(ends[-1], 8) // 8, "counts")
    return places, [u(head, 0, 6) + 2 * u(head, 22 + 2 * i, 2) for i in range(17)], u(head, 6, 2), depth

def decode_leaf(data, places, depth, count_bytes, size):
    rows, order = bytearray([list(places)[data[1] if data[0] == 0 else 0]]) * size, list(range(size))
    at = 2 * depth - 1 + 2 * data[0] if data[0] else 2
    headers = [u(data, i, 2) for i in range(at - 2 * data[0], at, 2)]
    counts = {c: u(data, at, count_bytes) >> offset & (1 << width) - 1 for c, (_, _, offset, width) in places.items()}
    at, by_word, words = at + count_bytes, {place[1]: c for c, place in places.items()}, [0] * size
    for level in range(depth if headers else 0):
        need(len(order) == (u(data, 2 * level - 1, 2) if level else size), "rows of a level")
        dealt = [], []
        for start in range(0, len(order), 512):
            header = headers.pop(0)
            length = (header >> 9 & 63) + ((header >> 9 & 63) == 63)
            bits = decode_cell(data[at:at + length], header, min(512, len(order) - start))
            at += length
            for p, row in enumerate(order[start:start + 512]):
                words[row] |= (bits >> p & 1) << level
                if words[row] | 2 << level in by_word:
                    rows[row] = by_word[words[row] | 2 << level]
                else:
                    dealt[bits >> p & 1].append(row)
        order = dealt[0] + dealt[1]
    need(not headers and at + at % 2 == len(data), "length of a leaf")
    order = sorted(places, key=lambda c: -places[c][1].bit_length()) if data[0] else []
    starts = dict(zip(order, itertools.accumulate([rows.count(c) for c in order], initial=0)))
    return bytes(rows), {c: counts[c] + starts.get(c, 0) & (1 << places[c][3]) - 1 for c in places}

def find_id(metadata, path):
    for names in ([path], path.split(".")):
        value = metadata
        for name in names:
            value = value.get(name) if isinstance(value, dict) else (
                value[int(name)] if isinstance(value, list) and name.isdigit() and int(name) < len(value) else None)
        if value is not None:
            return value if isinstance(value, str) else None

def id_hash(value):
    data = value.encode("utf-8", "replace")
    return XXHASH.XXH3_64bits(data, len(data))

class Shard:
    def __init__(self, data, before):
        self.meta, docs, jump, self.rdat, self.rdir, mark, samp, sinv, dord, head, dids = sections(data)
        self.n, self.d, self.s = n, d, s = [u(head, 8 * i, 8) for i in range(3)]
        need(1 <= n <= 1 << 48 and 1 <= d <= n and 1 <= s <= 1 << 20, "HEAD")
        self.decode_bwt()
        m, width = (n - 1) // s + 1, ((n - 1) // s).bit_length()
        mark, end = elias_fano(mark, 0, n, m)
        samp, dord = packed(samp, width, m), packed(dord, (d - 1).bit_length(), d)
        need(sorted(samp) == list(range(m)) and sorted(dord) == list(range(d)), "SAMP or DORD")
        elements, end = elias_fano(sinv, 0, m)
        cuts = dict(zip(elements, packed(sinv[end:], width, len(elements))))
        for e, left, unused in ((j, 17, cuts) for j in range(m)):
            j = e
            while samp[e] != j and left:
                e, left, unused = unused.get(e, samp[e]), left - 1, {} if e in unused else unused
            need(left, "a cycle of SINV")
        starts, end = elias_fano(docs, 0, n, d)
        self.block_first, end = elias_fano(docs, end, d + 1)
        self.block_at, end = elias_fano(docs, end, len(self.meta) + 1, len(self.block_first))
        for numbers, last in (starts + [n], n), (self.block_first, d), (self.block_at, len(self.meta)):
            need([numbers[0], numbers[-1], end] == [0, last, len(docs)] and numbers == sorted(set(numbers)), "DOCS")
        self.starts = starts + [n]
        rows = [*mark, *range(n - d, n), *(row for row in range(n) if self.bwt[row] == FF)]
        positions = [*(s * x for x in samp), *(x - 1 for x in self.starts[1:]), *(starts[k] for k in dord)]
        self.position = dict(zip(rows, positions))
        need([self.position[row] for row in rows] == positions, "a row with two positions")
        self.before, self.jump_bytes = before, u(jump, 0, 8)
        if self.jump_bytes:
            self.codes, end = elias_fano(jump, 8, len(self.symbols) ** self.jump_bytes)
            self.jump_rows = packed(jump[end:], n.bit_length(), len(self.codes) + 1)
        self.removed, self.removed_rows, self.id_path, self.hash_bits = set(), set(), None, None
        if dids:
            self.decode_ids(dids)

    def remove(self, data):
        documents, rows, _ = sections(data, [b"RDOC", b"RROW"])
        documents, rows = elias_fano(documents, 0, self.d)[0], elias_fano(rows, 0, self.n)[0]
        self.removed, self.removed_rows = set(documents), set(rows)
        need((len(self.removed), len(self.removed_rows)) == (len(documents), len(rows)) != (0, 0), "a number twice")
        need(self.removed_rows == {row for document in documents for row in self.suffixes(document)}, "RROW")

    def suffixes(self, document):
        row = self.n - self.d + document
        yield row
        while self.bwt[row] != FF:
            row = self.lf(self.bwt[row], row)
            yield row

    def decode_ids(self, data):
        end = 2 + u(data, 0, 2)
        self.id_path, bound = data[2:end].decode(), u(data, end + 8, 8)
        hashes, end = elias_fano(data, end, bound)
        self.hash_bits, documents = bound.bit_length() - 1, packed(data[end:], (self.d - 1).bit_length(), len(hashes))
        self.entries = list(zip(hashes, documents))
        need(bound & bound - 1 == 0 and 2 <= 2 + len(self.id_path.encode()) <= 1026, "DIDS")
        found = [(id_hash(i) >> 64 - self.hash_bits, d) for d, (_, _, metadata) in enumerate(self.sources())
                 for i in [find_id(json.loads(metadata, parse_int=str, parse_float=str), self.id_path)] if i is not None]
        need(self.entries == sorted(found), "entries of DIDS")

    def with_id(self, wanted, path):
        documents = range(self.d)
        if self.id_path == path:
            bits = id_hash(wanted) >> 64 - self.hash_bits
            documents = [document for entry, document in self.entries if entry == bits]
        sources = list(self.sources())
        return [self.before + d for d in documents
                if d not in self.removed and find_id(json.loads(sources[d][2], parse_int=str, parse_float=str), path) == wanted]

    def decode_bwt(self):
        self.symbols, self.bwt = [c for c in range(256) if self.rdir[16 + c // 8] >> c % 8 & 1], bytearray()
        m, hypers, self.tallies = len(self.symbols), up(self.n, 1 << 20) >> 20, []
        need(u(self.rdir, 0, 8) == self.n and u(self.rdir, 8, 8) == m, "RDIR")
        hypers_at = up(64 + 6 * (up(self.n, 65536) // 65536 + 1), 64)
        supers_at = up(hypers_at + 10 * m * (hypers + 1), 64)
        hypers = [dict(zip(self.symbols, struct.iter_unpack("<QH", self.rdir[at:at + 10 * m])))
                  for at in range(hypers_at, hypers_at + 10 * m * (hypers + 1), 10 * m)]
        tally = dict.fromkeys(self.symbols, 0)
        for leaf in range(up(self.n, 4096) // 4096):
            if leaf % 16 == 0:
                begin, end = (u(self.rdir, 64 + 6 * (leaf // 16 + i), 6) for i in range(2))
                places, ends, count_bytes, depth = decode_super(self.rdir[supers_at + begin:supers_at + end])
                present = {c for c in tally if hypers[leaf // 256][c][1] >> leaf // 16 % 16 & 1}
                need(set(places) == present and all(places[c][0] == tally[c] for c in places), "a superblock's numbers")
            need(leaf % 256 or all(hypers[leaf // 256][c][0] == tally[c] for c in tally), "a hyperblock")
            data, size = self.rdat[ends[leaf % 16]:ends[leaf % 16 + 1]], min(4096, self.n - 4096 * leaf)
            rows, counts = decode_leaf(data, places, depth, count_bytes, size)
            need(all(counts[c] == (tally[c] - places[c][0]) % (1 << places[c][3]) for c in places), "counts of a leaf")
            self.tallies.append(tally)
            self.bwt += rows
            tally = {c: tally[c] + rows.count(c) for c in tally}
        need(all(hypers[-1][c] == (tally[c], 0) for c in tally) and tally[FF] == self.d, "totals")
        self.tallies.append(tally)
        self.first = [sum(tally[i] for i in self.symbols if i < c) for c in range(256)]

    def lf(self, c, i):
        return self.first[c] + self.tallies[i >> 12].get(c, 0) + self.bwt.count(c, i & ~4095, i)

    def rows(self, phrase):
        begin, end, code = 0, self.n, 0
        for length, c in enumerate(reversed(phrase), 1):
            begin, end = self.lf(c, begin), self.lf(c, end)
            code += self.symbols.index(c) * len(self.symbols) ** (length - 1) if c in self.symbols else 1 << 64
            if length == self.jump_bytes:
                i = bisect.bisect_left(self.codes, code)
                need(self.jump_rows[i:i + 2] == [begin, end] if code in self.codes[i:i + 1] else begin == end, "JUMP")
        return [row for row in range(begin, end) if row not in self.removed_rows]

    def locate(self, row):
        steps = 0
        while row not in self.position:
            row, steps = self.lf(self.bwt[row], row), steps + 1
        need(steps < self.s, "a row without a sample")
        document = bisect.bisect_right(self.starts, self.position[row] + steps) - 1
        return document, self.position[row] + steps - self.starts[document]

    def text(self, document):
        text, row = bytearray(), self.n - self.d + document
        while self.bwt[row] != FF:
            text.append(self.bwt[row])
            row = self.lf(self.bwt[row], row)
        need(len(text) == self.starts[document + 1] - self.starts[document] - 1, "length of a document")
        return bytes(reversed(text))

    def sources(self):
        for block, (begin, end) in enumerate(zip(self.block_at, self.block_at[1:])):
            frame, at, path, line = self.meta[begin:end], 0, b"", 0
            size = ZSTD.ZSTD_getFrameContentSize(frame, len(frame))
            need(4 <= size <= 67174463, "content size of a block")
            content = ctypes.create_string_buffer(size)
            need(ZSTD.ZSTD_decompress(content, size, frame, len(frame)) == size, "a block of META")
            records_at = size - 4 - u(content.raw, size - 4, 4)
            records = iter(content.raw[records_at:size - 4])
            for _ in range(self.block_first[block], self.block_first[block + 1]):
                head, line = varint(records), line + 1
                if head & 1:
                    path = path[:varint(records)] + bytes(itertools.islice(records, varint(records)))
                    line = varint(records)
                yield path, line, content.raw[at:at + head // 2]
                at += head // 2
            need(at == records_at and not list(records), "a block of META leaves something over")

class Index:
    def __init__(self, folder, view="exact"):
        self.shards, data = [], pathlib.Path(folder, "index.json").read_bytes()
        need(re.fullmatch(rb'{\n  "format_version": [123],.*  "checksum": "[0-9a-f]{16}"\n}\n', data, re.S), "index.json")
        check_sum(data[:-35], int(data[-20:-4], 16), "index.json")
        index = json.loads(data)
        self.id_path = index["parameters"].get("id_field", "id")
        version, gone = index["format_version"], [entry.get("removed") for entry in index["shards"]]
        need(version == 3 or (version == 2) == ("fold" in index), "fold")
        need((version == 3) == any(gone), "removed")
        for of in "documents", "text_bytes":
            need(sum(r[of] for r in gone if r) <= sum(r[of] for r in index.get("removals", [])), "removals")
        beside = view == "folded" and "folded_shards" in index
        for entry in index["folded_shards" if beside else "shards"]:
            need(re.fullmatch(r"shard-[0-9]{5}\.ng" + ("f" if view == "folded" else "x"), entry["file"]), "a name")
            shard = Shard(self.read(folder, entry), sum(shard.d for shard in self.shards))
            need((shard.d, shard.n - shard.d) == (entry["documents"], entry["text_bytes"]), "a shard's size")
            self.shards.append(shard)
            if "removed" in entry:
                removed = entry["removed"]
                need(re.fullmatch(entry["file"].replace("shard", "removed").replace(".", "-[0-9]{5}."), removed["file"]), "a name")
                shard.remove(self.read(folder, removed))
                sizes = len(shard.removed), len(shard.removed_rows) - len(shard.removed)
                need(sizes == (removed["documents"], removed["text_bytes"]), "what was removed")

    def read(self, folder, entry):
        data = pathlib.Path(folder, entry["file"]).read_bytes()
        sums = XXHASH.XXH3_128bits(data[PAGE:] + data[:PAGE], len(data)).v
        need(f"{sums[1]:016x}{sums[0]:016x}" == entry["xxh3_128"] and len(data) == entry["bytes"], "checksum of a file")
        return data

    def count(self, phrase):
        return sum(len(shard.rows(phrase)) for shard in self.shards)

    def locate(self, phrase):
        return [(shard.before + document, offset) for shard in self.shards
                for document, offset in map(shard.locate, shard.rows(phrase))]

    def ids(self, token):
        return [document for shard in self.shards for document in shard.with_id(json.loads(token, parse_int=str), self.id_path)]

    def export(self):
        return ((*source, shard.text(d)) for shard in self.shards for d, source in enumerate(shard.sources())
                if d not in shard.removed)
