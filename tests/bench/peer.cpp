// The peer of the bench: the FM-index of SDSL in the shape that Infini-gram mini uses, called straight, one thread,
// in memory. Debian's libsdsl-dev is under the GPL: this program alone links it, never ngidx.
//
//   peer build DENSITY TEXT INDEX SCRATCH   TEXT: documents, a byte FF behind each; DENSITY: SA sample, 16, 32 or 64
//   peer serve DENSITY TEXT INDEX           the commands of tests/bench/serve.c, but batch, with the same answers
//   peer pages DENSITY INDEX PHRASES        as tests/bench/pages.c: {"pages":[...]}
//   peer cold DENSITY INDEX PHRASES FILE    counts all phrases in an index that is mapped from FILE, which it writes,
//                                           and not in memory: {"seconds":...,"faults":...,"total":...}
//
// SDSL knows no documents: their starts are taken from the text and kept in memory, as Infini-gram mini does.

#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <sdsl/suffix_arrays.hpp>

#include "page_trap.h"

namespace {

using position = std::uint64_t;
using bytes = std::vector<std::uint8_t>;

template <std::uint32_t density>
using fm_index = sdsl::csa_wt<sdsl::wt_huff<sdsl::rrr_vector<127>>, density, 64>;

bytes read_file(const std::string &path) {
    std::ifstream in(path, std::ios::binary | std::ios::ate);
    if (!in) throw std::runtime_error(path + ": cannot be read");
    bytes content(static_cast<std::size_t>(in.tellg()));
    in.seekg(0);
    in.read(reinterpret_cast<char *>(content.data()), static_cast<std::streamsize>(content.size()));
    if (!in) throw std::runtime_error(path + ": cut short");
    return content;
}

std::vector<bytes> read_phrases(const std::string &path) {
    bytes content = read_file(path);
    std::vector<bytes> phrases;
    for (std::size_t at = 0; at + 4 <= content.size();) {
        std::size_t length = content[at] | content[at + 1] << 8 | content[at + 2] << 16 |
                             static_cast<std::size_t>(content[at + 3]) << 24;
        at += 4;
        if (length > content.size() - at) throw std::runtime_error(path + ": cut short");
        phrases.emplace_back(content.begin() + static_cast<std::ptrdiff_t>(at),
                             content.begin() + static_cast<std::ptrdiff_t>(at + length));
        at += length;
    }
    return phrases;
}

class stopwatch {
public:
    void start() { started = std::chrono::steady_clock::now(); }
    void stop() { total += std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count(); }
    double seconds() const { return total; }

private:
    std::chrono::steady_clock::time_point started;
    double total = 0;
};

template <class index_type>
class server {
public:
    server(const std::string &text_path, const std::string &index_path) {
        if (!sdsl::load_from_file(index, index_path)) throw std::runtime_error(index_path + ": cannot be loaded");
        bytes text = read_file(text_path);
        starts.push_back(0);
        for (std::size_t i = 0; i < text.size(); i++) {
            if (text[i] == 0xff) starts.push_back(i + 1);
        }
        if (starts.back() != text.size()) throw std::runtime_error(text_path + ": ends without a terminator");
        starts.shrink_to_fit();
    }

    void obey(const std::string &line) {
        std::istringstream words(line);
        std::string command, path;
        std::uint64_t number = 0;
        words >> command;
        if (command == "snippet" || command == "locate" || command == "extract") words >> number;
        words >> path;
        if (command == "phrases") {
            phrases = read_phrases(path);
            answer(0, phrases.size());
        } else if (command == "count") {
            count(path);
        } else if (command == "snippet") {
            snippet(number, path);
        } else if (command == "locate") {
            locate(number, path);
        } else if (command == "extract") {
            extract(number, path);
        } else {
            throw std::runtime_error("unknown command: " + line);
        }
    }

private:
    struct taken {
        bool found;
        position at, document, offset, text_at;
        std::string text;
    };

    static void answer(double seconds, std::uint64_t items) {
        std::printf("{\"seconds\":%.9f,\"items\":%" PRIu64 "}\n", seconds, items);
        std::fflush(stdout);
    }

    // Number of occurrences; [first, last] are their rows if there are any.
    position find(const bytes &phrase, position &first, position &last) const {
        return sdsl::backward_search(index, 0, index.size() - 1, phrase.begin(), phrase.end(), first, last);
    }

    void count(const std::string &path) {
        std::vector<position> counts(phrases.size());
        stopwatch watch;
        watch.start();
        for (std::size_t i = 0; i < phrases.size(); i++) {
            position first, last;
            counts[i] = find(phrases[i], first, last);
        }
        watch.stop();
        std::ofstream out(path);
        for (position value : counts) out << value << '\n';
        out.close();
        answer(watch.seconds(), phrases.size());
    }

    taken take(const bytes &phrase, position context) const {
        taken result{};
        position first, last;
        position occurrences = find(phrase, first, last);
        if (occurrences == 0) return result;
        result.found = true;
        result.at = index[first + occurrences / 2];
        auto next = std::upper_bound(starts.begin(), starts.end(), result.at);
        position document_begin = next[-1], document_end = next[0] - 1;
        result.document = static_cast<position>(next - starts.begin()) - 1;
        result.offset = result.at - document_begin;
        result.text_at = result.at - std::min(result.offset, context);
        position end = std::min(document_end, result.at + phrase.size() + context);
        result.text = sdsl::extract(index, result.text_at, end - 1);
        return result;
    }

    void snippet(position context, const std::string &path) {
        std::vector<taken> all(phrases.size());
        stopwatch watch;
        watch.start();
        for (std::size_t i = 0; i < phrases.size(); i++) all[i] = take(phrases[i], context);
        watch.stop();
        std::ofstream out(path);
        for (const taken &one : all) {
            if (!one.found) {
                out << "-\n";
                continue;
            }
            out << one.at << ' ' << one.document << ' ' << one.offset << ' ' << one.text_at << ' ';
            for (char byte : one.text) {
                auto value = static_cast<std::uint8_t>(byte);
                out << "0123456789abcdef"[value >> 4] << "0123456789abcdef"[value & 15];
            }
            out << '\n';
        }
        out.close();
        answer(watch.seconds(), phrases.size());
    }

    void locate(std::uint64_t limit, const std::string &path) {
        std::vector<position> hits(limit);
        std::ofstream out(path);
        stopwatch watch;
        std::uint64_t total = 0;
        for (const bytes &phrase : phrases) {
            watch.start();
            position first, last;
            std::uint64_t found = std::min<std::uint64_t>(limit, find(phrase, first, last));
            for (std::uint64_t i = 0; i < found; i++) hits[i] = index[first + i];
            watch.stop();
            for (std::uint64_t i = 0; i < found; i++) out << hits[i] << ' ';
            out << '\n';
            total += found;
        }
        out.close();
        answer(watch.seconds(), total);
    }

    void extract(std::uint64_t most, const std::string &path) {
        std::uint64_t documents = starts.size() - 1;
        std::uint64_t stride = (starts.back() - documents) / std::max<std::uint64_t>(most, 1) + 1;
        std::string text;
        text.reserve(most);
        stopwatch watch;
        watch.start();
        for (std::uint64_t i = 0; i < documents && text.size() < most; i += stride) {
            position length = std::min<position>(starts[i + 1] - 1 - starts[i], most - text.size());
            if (length > 0) text += sdsl::extract(index, starts[i], starts[i] + length - 1);
        }
        watch.stop();
        std::ofstream out(path, std::ios::binary);
        out.write(text.data(), static_cast<std::streamsize>(text.size()));
        out.close();
        answer(watch.seconds(), text.size());
    }

    index_type index;
    std::vector<position> starts; // of each document, and the end of the text
    std::vector<bytes> phrases;
};

template <class index_type>
void build(const std::string &text_path, const std::string &index_path, const std::string &scratch) {
    index_type index;
    sdsl::cache_config config(true, scratch);
    sdsl::construct(index, text_path, config, 1);
    if (!sdsl::store_to_file(index, index_path)) throw std::runtime_error(index_path + ": cannot be written");
    std::printf("{\"wavelet tree\":%" PRIu64 ",\"SA samples\":%" PRIu64 ",\"ISA samples\":%" PRIu64 "}\n",
                static_cast<std::uint64_t>(sdsl::size_in_bytes(index.wavelet_tree)),
                static_cast<std::uint64_t>(sdsl::size_in_bytes(index.sa_sample)),
                static_cast<std::uint64_t>(sdsl::size_in_bytes(index.isa_sample)));
}

// Writable memory of malloc beyond the heap's, page by page.
std::map<std::uintptr_t, std::uintptr_t> anonymous_memory() {
    std::map<std::uintptr_t, std::uintptr_t> found;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::istringstream words(line);
        std::uintptr_t begin, end;
        char dash;
        std::string access, offset, device, inode, name;
        words >> std::hex >> begin >> dash >> end >> access >> offset >> device >> inode >> name;
        if (name.empty() && access == "rw-p") found[begin] = end;
    }
    return found;
}

// Loads an index; gives the memory that it takes, but for pieces smaller than a page: all others are made to stand apart
// from the heap, each in a mapping of its own. What is left out is in the peer's favour.
using memory_pieces = std::vector<std::pair<std::uintptr_t, std::uintptr_t>>;
template <class index_type>
memory_pieces load(index_type &index, const std::string &index_path) {
    memory_pieces pieces;
    std::uint64_t found = 0;
    auto add = [&](std::uintptr_t begin, std::uintptr_t end) {
        if (begin >= end) return;
        pieces.emplace_back(begin, end);
        found += end - begin;
    };
    auto before = anonymous_memory();
    if (!sdsl::load_from_file(index, index_path)) throw std::runtime_error(index_path + ": cannot be loaded");
    for (const auto &mapping : anonymous_memory()) {
        // Neighbours merge into one mapping: what was there before is left out.
        std::uintptr_t begin = mapping.first;
        for (const auto &old : before) {
            if (old.first >= mapping.second || old.second <= begin) continue;
            add(begin, old.first);
            begin = old.second;
        }
        add(begin, mapping.second);
    }
    if (found < sdsl::size_in_bytes(index) / 10 * 9) throw std::runtime_error("most of the index escapes");
    return pieces;
}

template <class index_type>
void pages(const std::string &index_path, const std::string &phrases_path) {
    if (mallopt(M_MMAP_THRESHOLD, TRAP_PAGE_BYTES) == 0) throw std::runtime_error("mallopt failed");
    std::vector<bytes> phrases = read_phrases(phrases_path);
    index_type index;
    memory_pieces pieces = load(index, index_path);
    trap_init(PROT_READ | PROT_WRITE);
    for (const auto &piece : pieces) trap_add(piece.first, piece.second);
    std::printf("{\"pages\":[");
    for (std::size_t i = 0; i < phrases.size(); i++) {
        position first, last;
        trap_arm();
        sdsl::backward_search(index, 0, index.size() - 1, phrases[i].begin(), phrases[i].end(), first, last);
        std::printf("%s%" PRIu64, i ? "," : "", trap_disarm());
    }
    std::printf("]}\n");
}

// Puts a file in the place of memory, with what is in it.
void put_file(const memory_pieces &pieces, const std::string &path) {
    int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0) throw std::runtime_error(path + ": cannot be written");
    off_t at = 0;
    for (const auto &piece : pieces) {
        std::size_t length = piece.second - piece.first;
        void *place = reinterpret_cast<void *>(piece.first);
        for (std::size_t done = 0; done < length;) {
            ssize_t put = pwrite(file, static_cast<char *>(place) + done, length - done, at + static_cast<off_t>(done));
            if (put <= 0) throw std::runtime_error(path + ": cannot be written");
            done += static_cast<std::size_t>(put);
        }
        if (mmap(place, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file, at) == MAP_FAILED)
            throw std::runtime_error(path + ": cannot be mapped");
        // As Infini-gram mini's map: without it a fault reads sixteen pages and more.
        if (madvise(place, length, MADV_RANDOM) != 0) throw std::runtime_error("madvise failed");
        at += static_cast<off_t>(length);
    }
    if (fsync(file) != 0 || posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) != 0)
        throw std::runtime_error(path + ": stays in memory");
    close(file);
}

template <class index_type>
void cold(const std::string &index_path, const std::string &phrases_path, const std::string &path) {
    if (mallopt(M_MMAP_THRESHOLD, TRAP_PAGE_BYTES) == 0) throw std::runtime_error("mallopt failed");
    std::vector<bytes> phrases = read_phrases(phrases_path);
    index_type index;
    put_file(load(index, index_path), path);
    struct rusage before, after;
    std::uint64_t total = 0;
    stopwatch watch;
    getrusage(RUSAGE_SELF, &before);
    watch.start();
    for (const auto &phrase : phrases) {
        position first, last;
        total += sdsl::backward_search(index, 0, index.size() - 1, phrase.begin(), phrase.end(), first, last);
    }
    watch.stop();
    getrusage(RUSAGE_SELF, &after);
    std::printf("{\"seconds\":%f,\"faults\":%ld,\"total\":%" PRIu64 "}\n", watch.seconds(),
                after.ru_majflt - before.ru_majflt, total);
}

template <std::uint32_t density>
void run(const std::vector<std::string> &arguments) {
    if (arguments[0] == "build" && arguments.size() == 5) {
        build<fm_index<density>>(arguments[2], arguments[3], arguments[4]);
    } else if (arguments[0] == "serve" && arguments.size() == 4) {
        server<fm_index<density>> peer(arguments[2], arguments[3]);
        for (std::string line; std::getline(std::cin, line);) peer.obey(line);
    } else if (arguments[0] == "pages" && arguments.size() == 4) {
        pages<fm_index<density>>(arguments[2], arguments[3]);
    } else if (arguments[0] == "cold" && arguments.size() == 5) {
        cold<fm_index<density>>(arguments[2], arguments[3], arguments[4]);
    } else {
        throw std::runtime_error("wrong arguments; tests/bench/peer.cpp says which");
    }
}

} // namespace

int main(int argc, char **argv) try {
    std::vector<std::string> arguments(argv + 1, argv + argc);
    std::string density = arguments.size() > 1 ? arguments[1] : "";
    if (density == "16") {
        run<16>(arguments);
    } else if (density == "32") {
        run<32>(arguments);
    } else if (density == "64") {
        run<64>(arguments);
    } else {
        throw std::runtime_error("usage: peer build|serve|pages|cold 16|32|64 ...; tests/bench/peer.cpp says more");
    }
    return EXIT_SUCCESS;
} catch (const std::exception &error) {
    std::cerr << "peer: " << error.what() << '\n';
    return EXIT_FAILURE;
}
