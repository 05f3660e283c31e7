"""A decoder of ngidx indexes, written from common/FORMAT.md alone: the document's test, plain rather than fast.

Index(folder) reads an index and checks it whole; count, locate (document and offset) and export (path, line, metadata,
text) answer from it, and ids (the documents with an id, a JSON token). What a reader has to reject raises an exception;
so does importing this without the libraries."""
import bisect, collections, ctypes, functools, itertools, json, pathlib, re, struct

PAGE, FF, XXHASH, ZSTD = 4096, 0xFF, ctypes.CDLL("libxxhash.so.0"), ctypes.CDLL("libzstd.so.1")
XXHASH.XXH3_64bits.restype = ZSTD.ZSTD_getFrameContentSize.restype = ZSTD.ZSTD_decompress.restype = ctypes.c_uint64
XXHASH.XXH3_128bits.restype = type("Sum128", (ctypes.Structure,), {"_fields_": [("v", ctypes.c_uint64 * 2)]})
BYTES = [ctypes.c_char_p, ctypes.c_size_t]
XXHASH.XXH3_64bits.argtypes = XXHASH.XXH3_128bits.argtypes = ZSTD.ZSTD_getFrameContentSize.argtypes = BYTES
ZSTD.ZSTD_decompress.argtypes = BYTES + BYTES
SECTIONS = b"META DOCS JUMP RDAT RDIR MARK SAMP SINV DORD HEAD".split()
Place = collections.namedtuple("Place", "before word offset width")
FORMAT = pathlib.Path(__file__).parent.parent.parent / "common" / "FORMAT.md"

def need(condition, what):
    if not condition:
        raise ValueError(what)
def xxh3(data):
    return XXHASH.XXH3_64bits(data, len(data))
def up(x, step):
    return -(-x // step) * step
def members(bitmap):
    return [i for i in range(8 * len(bitmap)) if bitmap[i // 8] >> i % 8 & 1]

class Cursor:
    """Takes the fields of a section one after the other, and none past its end."""
    def __init__(self, data):
        self.data, self.at = data, 0
    def take(self, size):
        need(self.at + size <= len(self.data), "a field passes its section")
        self.at += size
        return self.data[self.at - size:self.at]
    def u(self, width):
        return int.from_bytes(self.take(width // 8), "little")
    def packed(self, width, count):
        data, mask = self.take(up(count * width, 8) // 8), (1 << width) - 1
        return [int.from_bytes(data[i // 8:(i + width) // 8 + 1], "little") >> i % 8 & mask
                for i in (i * width for i in range(count))]
    def varint(self):
        byte = self.u(8)
        return byte if byte < 128 else byte - 128 + 128 * self.varint()
    def elias_fano(self, bound, count=None, strictly=True):
        m, u, low = self.packed(64, 3)
        need(u == bound <= 1 << 48 and m == (m if count is None else count) <= 1 << 48, "Elias-Fano header")
        need(low == (0 if m == 0 or bound < 2 * m else min(48, (bound // m).bit_length() - 1)), "Elias-Fano low bits")
        buckets = up(((bound - 1) >> low) + 1, 32)
        directory = self.packed(48, buckets // 32 + 1)
        ones = [i for i in members(self.take(up(buckets + m, 8) // 8)) if i < buckets + m]
        numbers = [i - k << low | x for k, (i, x) in enumerate(zip(ones, self.packed(low, m)))]
        need(len(ones) == m and numbers == sorted(set(numbers) if strictly else numbers), "Elias-Fano numbers")
        before = [bisect.bisect_left(numbers, bucket << low) for bucket in range(0, buckets + 1, 32)]
        need(directory == before and all(x < bound for x in numbers[-1:]), "Elias-Fano directory or bound")
        return numbers

def shape_words(inner):
    """The words of a shape, as they stand: first bit lowest, and a 1 above the last."""
    words, nodes = [] if inner else [1], [0]
    for depth, count in enumerate([*inner[1:], 0] if inner else []):
        nodes += [node | 1 << depth for node in nodes]
        words += [node | 2 << depth for node in nodes[count:]]
        nodes = nodes[:count]
    return words

@functools.cache
def shapes():
    """Depth and words of each, from the table in FORMAT.md."""
    table = FORMAT.read_text(encoding="utf-8").split("\n## Shapes\n")[1].split("\n## ")[0]
    found = re.findall(r"^\| (\d+) \| (\d+) \| ([\d ]*)\|$", table, re.M)
    made = [(len(inner.split()), shape_words([*map(int, inner.split())])) for _, _, inner in found]
    need([(int(i), int(n)) for i, n, _ in found] == [(i, len(words)) for i, (_, words) in enumerate(made)], "shapes")
    return made

def sections(data, names=SECTIONS):
    need(data[:8] == b"\x89NGX\r\n\x1a\n" and xxh3(data[:4088]) == Cursor(data[4088:PAGE]).u(64), "the header page")
    version, page_bytes, length, count = struct.unpack_from("<IIQI", data, 8)
    need(version in (1, 2) and (page_bytes, length) == (PAGE, len(data)) and 1 <= count <= 32, "header")
    found, end = {}, PAGE
    for i in range(count):
        name, offset, length = struct.unpack_from("<4s4xQQ", data, 32 + 24 * i)
        need(offset == end and offset + length <= len(data) and name not in found, "table of sections")
        found[name] = data[offset:offset + length]
        end += up(length, PAGE)
    pages, sums = offset // PAGE - 1, []
    need(end == len(data) and name == b"PAGE" and length == max(1, up(pages, 511) // 511) * PAGE, "section PAGE")
    for at in range(offset, end, PAGE):
        *page, seal = Cursor(data[at:at + PAGE]).packed(64, 512)
        need(xxh3(data[at:at + 4088]) == seal, "a page of checksums")
        sums += page
    need([xxh3(data[at:at + PAGE]) for at in range(PAGE, offset, PAGE)] == sums[:pages], "checksum of a page")
    return [found[name] for name in names] + [found.get(b"DIDS")]

def decode_cell(leaf, header, b):
    full, plain, delta, ones, length = (1 << b) - 1, (b + 7) // 8, header >> 15, header & 511, header >> 9 & 63
    data = leaf.take(length + (length == 63))
    if not data:
        value = full if delta or ones else 0
    elif len(data) == plain + (plain == 63):
        value = int.from_bytes(data, "little")
    else:
        words = members(data[:1])
        places = [8 * word + byte for i, word in enumerate(words) for byte in members(data[1 + i:2 + i])]
        need(len(data) == 1 + len(words) + len(places), "length of a cell")
        value = sum(byte << 8 * place for byte, place in zip(data[1 + len(words):], places))
        for shift in range(9 if delta else 0):
            value ^= value << (1 << shift)
        value = ~value if not delta and 2 * ones > b else value
    need((value & full).bit_count() % 512 == ones, "ones of a cell")
    return value & full

def decode_super(head, version):
    start, count_bytes, last, depth = map(head.u, (48, 16, 8, 8))
    inner, ends, _ = list(head.take(12)), head.packed(16, 17), head.take(8)
    present, numbers = members(head.take(32)), head.take(last + 1)
    fields = [[*map(head.u, (48, 16, 16, 8, 8) if version == 1 else (48, 0, 16, 8, 8))] for _ in numbers]
    places = {c: Place(*rest) for *rest, c in fields}
    need(len(head.data) == up(head.at, 64) and depth <= 12, "a superblock")
    need([fields[i][-1] for i in numbers] == present == sorted(places), "places")
    _, words, offsets, widths, _ = zip(*fields)
    nodes = [len({word % (1 << k) for word in words if word >> k > 1}) for k in range(depth)]
    need(version == 2 or list(words) == sorted(words) and inner == nodes + [0] * (12 - depth), "code words")
    need([*offsets, sum(widths)] == [*itertools.accumulate(widths, initial=0)], "places of counts")
    need(count_bytes == up(sum(widths), 8) // 8, "bytes of counts")
    return places, [start + 2 * version * end for end in ends], count_bytes, depth

def decode_code(leaf, places, depth, version):
    """Of a leaf its levels, its cells and its bytes by their words."""
    if version == 1:
        cells = leaf.u(8)
        alone = None if cells else list(places)[leaf.u(8)]
        return depth if cells else 0, cells, {place.word if cells else 1: c for c, place in places.items()
                                              if alone in (None, c)}
    last, shape, cells = leaf.take(3)
    depth, words = shapes()[shape]
    order = leaf.take(last + 1)
    need(len(set(order)) == len(order) <= len(words), "the code of a leaf")
    return depth, cells, {word: list(places)[i] for word, i in zip(words, order)}

def decode_leaf(leaf, places, code, count_bytes, size, tally, version):
    """The bytes of the rows; tally is how often each byte occurs before the leaf."""
    depth, cells, by_word = code
    words, order = [1] * size, range(size if depth else 0)
    levels = [len(order), *leaf.packed(16, depth - 1)] if depth else []
    headers, counts = leaf.packed(16, cells), leaf.u(8 * count_bytes)
    for level, level_rows in enumerate(levels):
        need(len(order) == level_rows, "rows of a level")
        dealt = [], []
        for start in range(0, level_rows, 512):
            bits = decode_cell(leaf, headers.pop(0), min(512, level_rows - start))
            for p, row in enumerate(order[start:start + 512]):
                words[row] += 1 + (bits >> p & 1) << level
                dealt[bits >> p & 1].append(row)
        order = [row for row in dealt[0] + dealt[1] if words[row] not in by_word]
    need(not headers and not order and up(leaf.at, 2 * version) == len(leaf.data), "length of a leaf")
    rows, begins, begin = bytes(by_word[word] for word in words), {}, 0
    for word, c in sorted(by_word.items(), key=lambda item: (-item[0].bit_length(), list(by_word).index(item[0]))):
        begins[c] = begin
        begin += rows.count(c) if depth else 0
    for c, place in places.items():
        count = tally[c] - place.before - begins.get(c, 0)
        need(counts >> place.offset & (1 << place.width) - 1 == count % (1 << place.width), "counts of a leaf")
    return rows

def decode_bwt(rdir, rdat, version):
    n, m, symbols, _ = rdir.u(64), rdir.u(64), members(rdir.take(32)), rdir.take(16)
    need(1 <= n <= 1 << 48 and m == len(symbols), "header of RDIR")
    leaf_rows = 2048 << version
    supers = rdir.packed(48, up(n, 16 * leaf_rows) // (16 * leaf_rows) + 1)
    rdir.at = up(rdir.at, 64)
    hypers = [dict(zip(symbols, struct.iter_unpack("<QH", rdir.take(10 * m))))
              for _ in range(up(n, 256 * leaf_rows) // (256 * leaf_rows) + 1)]
    rdir.at, tally, bwt = up(rdir.at, 64), dict.fromkeys(symbols, 0), bytearray()
    need(supers[0] == 0 and rdir.at + supers[-1] <= len(rdir.data), "superblocks")
    for leaf in range(up(n, leaf_rows) // leaf_rows):
        hyper, i = hypers[leaf // 256], leaf // 16
        if leaf % 16 == 0:
            places, ends, count_bytes, depth = decode_super(Cursor(rdir.take(supers[i + 1] - supers[i])), version)
            need(set(places) == {c for c in tally if hyper[c][1] >> i % 16 & 1}, "bytes of a superblock")
            need(all(place.before == tally[c] for c, place in places.items()), "numbers before a superblock")
        need(leaf % 256 or all(hyper[c][0] == tally[c] for c in tally), "a hyperblock")
        data = Cursor(rdat.data[ends[leaf % 16]:ends[leaf % 16 + 1]])
        code = decode_code(data, places, depth, version)
        size = min(leaf_rows, n - leaf_rows * leaf)
        rows = decode_leaf(data, places, code, count_bytes, size, tally, version)
        bwt += rows
        tally = {c: tally[c] + rows.count(c) for c in tally}
    need(all(hypers[-1][c] == (tally[c], 0) for c in tally), "totals")
    return bwt

@functools.cache
def find_id(metadata, path):
    """The id as its bytes; JSON's numbers as they are written, and of two members of one name the first."""
    whole = json.loads(metadata, parse_int=str, parse_float=str, object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    for names in [path], path.split("."):
        value = whole
        for name in names:
            value = dict(zip(map(str, range(len(value))), value)) if isinstance(value, list) else value
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None:
            return re.sub("[\ud800-\udfff]", "\ufffd", value).encode() if isinstance(value, str) else None

class Shard:
    """Finds every row's position from the BWT; the sections that help readers with that have to say the same."""
    def __init__(self, data, before):
        meta, docs, jump, rdat, rdir, mark, samp, sinv, dord, head, dids = map(Cursor, sections(data))
        n, self.d, s = head.packed(64, 3)
        version = Cursor(data[8:]).u(32)
        self.before, self.removed, self.removed_rows, self.bwt = before, [], frozenset(), decode_bwt(rdir, rdat, version)
        need((n, self.d) == (len(self.bwt), self.bwt.count(FF)) and 1 <= s <= 1 << 20, "HEAD")
        self.walk()
        need(docs.elias_fano(n, self.d) == self.starts[:-1], "starts of documents")
        sampled, width = self.row[::s], ((n - 1) // s).bit_length()
        order = sorted(range(len(sampled)), key=sampled.__getitem__)
        need(mark.elias_fano(n, len(sampled)) == sorted(sampled) and samp.packed(width, len(sampled)) == order, "samples")
        elements = sinv.elias_fano(len(sampled))
        check_inverse(order, dict(zip(elements, sinv.packed(width, len(elements)))))
        by_first = sorted(range(self.d), key=lambda document: self.row[self.starts[document]])
        need(dord.packed((self.d - 1).bit_length(), self.d) == by_first, "DORD")
        digits = jump.u(64)
        self.check_jump(jump, digits) if digits else None
        firsts = docs.elias_fano(self.d + 1)
        offsets = docs.elias_fano(len(meta.data) + 1, len(firsts))
        need([firsts[0], offsets[0], firsts[-1], offsets[-1]] == [0, 0, self.d, len(meta.data)], "blocks of META")
        self.sources = [source for begin, end, first, after in zip(offsets, offsets[1:], firsts, firsts[1:])
                        for source in decode_block(meta.data[begin:end], after - first)]
        if dids.data is not None:
            self.check_ids(dids)
        for section in samp, sinv, dord, docs, jump, dids:
            need(section.at == len(section.data or b""), "a section goes on after its last field")

    def walk(self):
        """From each document's terminator backwards: the rows by position, the positions by row."""
        n, self.row, self.starts = len(self.bwt), [], [0]
        self.by_byte = sorted(range(n), key=self.bwt.__getitem__)
        self.first = [*itertools.accumulate(map(self.bwt.count, range(256)), initial=0)]
        lf = sorted(range(n), key=self.by_byte.__getitem__)
        for end in range(n - self.d, n):
            rows = [end]
            while self.bwt[rows[-1]] != FF:
                rows.append(lf[rows[-1]])
            self.row += reversed(rows)
            self.starts.append(len(self.row))
        need(len(self.row) == n, "rows of no document")
        self.position = sorted(range(n), key=self.row.__getitem__)

    def check_jump(self, jump, digits):
        text = b"\xff".join(map(self.text, range(self.d)))
        strings, number = {}, {c: i for i, c in enumerate(sorted(set(self.bwt)))}
        for row, at in enumerate(self.position):
            strings.setdefault(text[at:at + digits].split(b"\xff")[0].ljust(digits, b"\xff"), row)
        numbers = [functools.reduce(lambda sum, c: sum * len(number) + number[c], string, 0) for string in strings]
        need(jump.elias_fano(len(number) ** digits) == numbers, "strings of JUMP")
        rows = [*strings.values(), len(self.bwt)]
        need(jump.packed(len(self.bwt).bit_length(), len(rows)) == rows, "rows of JUMP")

    def check_ids(self, dids):
        path = dids.take(dids.u(16)).decode()
        bits = Cursor(dids.data[dids.at + 8:]).u(64).bit_length() - 1
        hashes = dids.elias_fano(1 << bits, strictly=False)
        entries = list(zip(hashes, dids.packed((self.d - 1).bit_length(), len(hashes))))
        found = sorted((xxh3(value) >> 64 - bits, document) for document, value in self.ids(path))
        need(1 <= len(path.encode()) <= 1024 and entries == found, "DIDS")

    def ids(self, path):
        ids = [find_id(metadata, path) for _, _, metadata in self.sources]
        return [(document, value) for document, value in enumerate(ids) if value is not None]

    def remove(self, data):
        documents, rows, _ = map(Cursor, sections(data, [b"RDOC", b"RROW"]))
        self.removed, removed_rows = documents.elias_fano(self.d), rows.elias_fano(len(self.bwt))
        self.removed_rows = {row for d in self.removed for row in self.row[self.starts[d]:self.starts[d + 1]]}
        need(self.removed and removed_rows == sorted(self.removed_rows), "RROW")

    def rows(self, phrase):
        begin, end = 0, len(self.bwt)
        for c in reversed(phrase):
            begin, end = (bisect.bisect_left(self.by_byte, i, self.first[c], self.first[c + 1]) for i in (begin, end))
        return [row for row in range(begin, end) if row not in self.removed_rows]

    def locate(self, row):
        document = bisect.bisect_right(self.starts, self.position[row]) - 1
        return self.before + document, self.position[row] - self.starts[document]

    def text(self, document):
        return bytes(self.bwt[row] for row in self.row[self.starts[document] + 1:self.starts[document + 1]])

def check_inverse(permutation, short_cuts):
    for j in range(len(permutation)):
        e, steps, cuts = j, 0, short_cuts
        while permutation[e] != j:
            e, steps, cuts = cuts.get(e, permutation[e]), steps + 1, {} if e in cuts else cuts
            need(steps <= 16, "a cycle of SINV")

def decode_block(frame, documents):
    size, path, line = ZSTD.ZSTD_getFrameContentSize(frame, len(frame)), b"", 0
    need(4 <= size <= 67174463, "content size of a block")
    content = ctypes.create_string_buffer(size)
    need(ZSTD.ZSTD_decompress(content, size, frame, len(frame)) == size, "a block of META")
    records_at = size - 4 - Cursor(content.raw[-4:]).u(32)
    metadata, records = Cursor(content.raw[:records_at]), Cursor(content.raw[records_at:-4])
    for _ in range(documents):
        head, line = records.varint(), line + 1
        if head & 1:
            path, line = path[:records.varint()] + records.take(records.varint()), records.varint()
        yield path, line, metadata.take(head // 2)
    need(metadata.at == records_at and records.at == len(records.data), "a block of META leaves something over")

class Index:
    def __init__(self, folder, view="exact"):
        self.shards, data = [], pathlib.Path(folder, "index.json").read_bytes()
        need(re.fullmatch(rb'{\n  "format_version": [123],.*  "checksum": "[0-9a-f]{16}"\n}\n', data, re.S), "index.json")
        need(xxh3(data[:-35]) == int(data[-20:-4], 16), "checksum of index.json")
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
            shard, removed = Shard(read(folder, entry), sum(shard.d for shard in self.shards)), entry.get("removed")
            self.shards.append(shard)
            need((shard.d, len(shard.bwt) - shard.d) == (entry["documents"], entry["text_bytes"]), "a shard's size")
            if removed:
                name = entry["file"].replace("shard", "removed").replace(".", r"-[0-9]{5}\.")
                need(re.fullmatch(name, removed["file"]), "a name")
                shard.remove(read(folder, removed))
                sizes = len(shard.removed), len(shard.removed_rows) - len(shard.removed)
                need(sizes == (removed["documents"], removed["text_bytes"]), "what was removed")

    def count(self, phrase):
        return sum(len(shard.rows(phrase)) for shard in self.shards)

    def locate(self, phrase):
        return [hit for shard in self.shards for hit in map(shard.locate, shard.rows(phrase))]

    def ids(self, token):
        wanted = find_id(f'{{"id": {token}}}', "id")
        return [shard.before + document for shard in self.shards for document, value in shard.ids(self.id_path)
                if value == wanted and document not in shard.removed]

    def export(self):
        return ((*source, shard.text(document)) for shard in self.shards
                for document, source in enumerate(shard.sources) if document not in shard.removed)

def read(folder, entry):
    data = pathlib.Path(folder, entry["file"]).read_bytes()
    sums = XXHASH.XXH3_128bits(data[PAGE:] + data[:PAGE], len(data)).v
    need(f"{sums[1]:016x}{sums[0]:016x}" == entry["xxh3_128"] and len(data) == entry["bytes"], "checksum of a file")
    return data
