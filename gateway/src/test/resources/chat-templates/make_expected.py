"""Writes expected.json: what Python's Jinja makes of the templates here, set up as transformers sets it up.

The templates follow those of well-known models, with the tool branches shortened; language.jinja is our own, and each
line of expressions.txt is a template too."""
import glob, json, os
from jinja2 import nodes
from jinja2.exceptions import TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

HERE = os.path.dirname(os.path.abspath(__file__))
U = lambda text: {"role": "user", "content": text}
A = lambda text: {"role": "assistant", "content": text}
S = lambda text: {"role": "system", "content": text}
CHATS = [
    [U("Hello")],
    [S("Be brief."), U("What is a batch?"), A("A group."), U("  Why?\n")],
    [U("{{ 7*7 }} {% raw %}"), A("<think>\nhm\n</think>\n\nOk"), U("é😀 <b>&amp;'\"")],
    [U("a"), U("b")],
    [S("only a system message")],
    [U("a"), A(""), U("c\n\n"), A("\n d "), U("")],
    [U("call"), A("calling"), {"role": "tool", "content": "42"}],
]


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.Scope(body).set_lineno(line)


def refuse(message):
    raise TemplateError(message)


environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
environment.globals["raise_exception"] = refuse
environment.globals["strftime_now"] = refuse


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


environment.filters["tojson"] = tojson
templates = [(os.path.basename(path), open(path).read(), CHATS) for path in sorted(glob.glob(HERE + "/*.jinja"))]
for number, line in enumerate(open(HERE + "/expressions.txt").read().splitlines(), 1):
    templates.append((f"expressions.txt:{number}", line, [CHATS[1]]))
cases = []
for name, source, chats in templates:
    template = environment.from_string(source)
    for chat in chats:
        case = {"template": name, "messages": chat}
        try:
            case["text"] = template.render(
                messages=chat, add_generation_prompt=True, bos_token="<s>", eos_token="</s>")
        except TemplateError as error:
            case["refusal"] = str(error)
        cases.append(case)
lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
open(HERE + "/expected.json", "w").write("[\n" + lines + "\n]\n")
print(len(cases), "cases")
