"""The structs of ngidx/_library.py are those that a C compiler makes of the headers."""

import shutil
import subprocess

from ngidx import _library
from support import *

ROOT = pathlib.Path(__file__).parents[2]


class Layout(Case):
    def test_structs(self):
        compiler = shutil.which(os.environ.get("CC", "gcc")) or shutil.which("cc") or shutil.which("clang")
        if not compiler:
            self.skipTest("there is no C compiler")
        lines, wanted = [], []
        for python, name in _library.STRUCTS.items():
            lines.append(f'printf("%zu\\n", sizeof(struct {name}));')
            wanted.append((name, len(bytes(python()))))
            for field, *_ in python._fields_:
                lines.append(f'printf("%zu\\n", offsetof(struct {name}, {field}));')
                wanted.append((f"{name}.{field}", getattr(python, field).offset))
        pathlib.Path("layout.c").write_text(
            "#include <stddef.h>\n#include <stdio.h>\n#include <ngidx_compare.h>\n#include <ngidx_contam.h>\nint main(void) {\n"
            + "\n".join(lines)
            + "\nreturn 0;\n}\n"
        )
        subprocess.run([compiler, f"-I{ROOT}/query/include", "layout.c", "-o", "layout"], check=True)
        seen = list(map(int, subprocess.run(["./layout"], check=True, stdout=subprocess.PIPE).stdout.split()))
        self.assertEqual([(name, value) for (name, _), value in zip(wanted, seen)], wanted)

    def test_functions(self):
        """Every function is declared, with as many arguments."""
        text = "".join(path.read_text() for path in (ROOT / "query/include").glob("*.h"))
        for name, (_, arguments) in _library.FUNCTIONS.items():
            at = text.index(f"{name}(") + len(name) + 1
            declared = text[at : text.index(");", at)]
            count = 0 if declared == "void" else declared.count(",") + 1
            self.assertEqual(len(arguments), count, f"{name}({declared})")

    def test_version(self):
        header = (ROOT / "query/include/ngidx_base.h").read_text()
        self.assertIn(f'#define NGIDX_VERSION "{ngidx.__version__}"', header)
