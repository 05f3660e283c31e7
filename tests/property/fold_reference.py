"""Texts in twelve scripts with escapes, references, tags and what looks like them, and what they fold to, by Python's
unicodedata, html.entities and regular expressions: independent of common/text.

usage: fold_reference.py SEED COUNT
Prints a line for each text: its bytes and what they fold to, in hexadecimal, with a + between.
"""
import html.entities
import random
import re
import sys
import unicodedata

COMMANDS = set('''nabla natural nearrow neg neq newcommand newline newpage nexists ngeq nleq nmid noindent nolimits
nonumber normalsize not notag notin nsubseteq tanh tau text textbf textit textrm textsc textsf textstyle texttt tfrac
theta therefore thinspace tilde times title triangle'''.split())
ELEMENTS = '''a abbr acronym address article aside audio b base big blockquote body br button canvas caption center cite
code col colgroup dd del details dfn dialog div dl dt em embed fieldset figcaption figure font footer form frame h1 h2
h3 h4 h5 h6 head header hr html i iframe img input ins kbd label legend li link main map mark meta nav nobr noscript
object ol optgroup option p param picture pre q rp rt ruby s samp script section select small source span strike strong
style sub summary sup svg table tbody td template textarea tfoot th thead time title tr tt u ul var video wbr'''.split()
NAMES = dict(html.entities.name2codepoint, apos=39)
SPACE = '[ \t\n\r\f]'
VALUE = r'''"[^"<>\0]*"|'[^'<>\0]*'|[^ \t\n\r\f"'<>=`\0]+'''
ATTRIBUTE = re.compile(rf'{SPACE}+([A-Za-z_:@][-A-Za-z0-9_:.@]*){SPACE}*={SPACE}*({VALUE})')
TAG = re.compile(rf'</?(?:{"|".join(sorted(ELEMENTS, key=len, reverse=True))})'
                 rf'(?:{ATTRIBUTE.pattern})*{SPACE}*/?>', re.I | re.A)
REFERENCE = re.compile(r'&(?:amp;){0,8}(#[0-9]{1,8}|#[xX][0-9A-Fa-f]{1,8}|%s);' %
                       '|'.join(sorted(NAMES, key=len, reverse=True)))
ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|([ntr][A-Za-z]*))?')


def escape(match):
    unit, word = match.groups()
    if unit:
        return chr(int(unit, 16))
    if not word:
        return ''
    if word == 'r' or (word[0] in 'nt' and word not in COMMANDS):
        return {'n': '\n', 't': '\t', 'r': '\r'}[word[0]] + word[1:]
    return word


def reference(match):
    name = match.group(1)
    if name[0] != '#':
        return chr(NAMES[name])
    value = int(name[2:], 16) if name[1] in 'xX' else int(name[1:])
    return chr(value) if value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF else '\ufffd'


def tag(match):
    for name, value in ATTRIBUTE.findall(match.group()):
        if name.lower() not in ('class', 'style') and len(re.findall(SPACE, value)) > 5:
            return match.group()
    return ' ' if len(match.group()) <= 256 else match.group()


def decode(text):
    text = ESCAPE.sub(escape, text).encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')
    return TAG.sub(tag, REFERENCE.sub(reference, text))


def fold(text):
    return fold_decoded(decode(text))


def fold_decoded(text):
    text = unicodedata.normalize('NFKC', unicodedata.normalize('NFKC', text).casefold())
    return ''.join(c for c in text if unicodedata.category(c)[0] in 'LMN')


SCRIPTS = [(0x41, 0x7A), (0xC0, 0x24F), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x587), (0x5D0, 0x5F4), (0x610, 0x6FF),
           (0x900, 0x97F), (0xE01, 0xE5B), (0x1100, 0x11FF), (0x3041, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3),
           (0x1E00, 0x1FFF), (0x300, 0x36F), (0x2000, 0x2BFF), (0x3000, 0x33FF), (0xF900, 0xFFEF), (0x1D400, 0x1D7FF),
           (0x1F300, 0x1F6FF), (0x80, 0xFF), (0, 0x7F), (0, 0x10FFFF)]
PIECES = r'''\n \t \r \r\n \\n \" \/ \\ \nabla \theta \new \not \note \u00e9 \u0301 \ud83d\ude00 \ud83d \ude00
\\ud83d\\ude00
\u0026lt; \u003cp\u003e \u12 \u &amp; &amp;amp;lt; &lt; &gt; &quot; &#39; &#x27; &eacute; &Eacute; &nbsp; &hellip;
&#233; &#xE9; &#769; &#0; &#xD800; &#99999999; &#999999999; &bogus; &amp;bogus; &eacute & ; <b> </b> <br/> <BR /> <p class="a\u0020b">
<a href='x'> <a href=x/> <a\u0020href=\"x\"> <b <i<n && j>m< vector<int> <stdio.h> <!-- --> a<b>c <p\u0020and\u0020q>
<span\u0020title="a\u0020b\u0020c\u0020d\u0020e\u0020f\u0020g"> < >
<div\u0020style="a:\u0020b;\u0020c:\u0020d;\u0020e:\u0020f;\u0020g:\u0020h">
e\u0301 C:\temp ＆ ﬁ ½ ẞ ŉ ǆ İ ﷺ ｱﾞ Ω ① x² '''.split()


def is_known(c):
    """In every version of Unicode that either side may follow."""
    return unicodedata.ucd_3_2_0.category(c) not in ('Cn', 'Cs')


def make_piece(rng):
    kind = rng.random()
    if kind < 0.3:
        piece = rng.choice(PIECES)
        return piece.replace(r'\u0020', ' ') if rng.random() < 0.7 else piece
    if kind < 0.33:
        return '<p id="%s">' % ('x' * rng.randrange(230, 260))
    if kind < 0.4:
        form, names = rng.choice([('<%s>', ELEMENTS), ('\\%s ', sorted(COMMANDS)), ('&%s;', sorted(NAMES))])
        return form % rng.choice(names)
    if kind < 0.5:
        return rng.choice([' ', '\n', '  ', '\t', '\u3000', '\u00a0', '. ', ', ', '-', '\\', '"'])
    first, last = rng.choice(SCRIPTS)
    letters = [chr(rng.randint(first, last)) for _ in range(rng.randrange(1, 12))]
    return ''.join(filter(is_known, letters))


def main():
    rng = random.Random(int(sys.argv[1]))
    count = int(sys.argv[2])
    while count > 0:
        data = ''.join(make_piece(rng) for _ in range(rng.randrange(1, 60))).encode()
        if rng.random() < 0.1:
            data = bytes(b if rng.random() < 0.97 else rng.randrange(256) for b in data)
        text = data.decode('utf-8', 'replace')
        if not all(map(is_known, text)):
            continue
        folded = fold(text)
        count -= 1
        print(data.hex() + '+' + folded.encode().hex())


if __name__ == '__main__':
    main()
