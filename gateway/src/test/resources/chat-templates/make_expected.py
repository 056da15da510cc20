"""Writes expected.json: what Python's Jinja makes of the templates here, set up as transformers sets it up.

The templates follow those of well-known models, with the tool branches shortened; language.jinja is our own."""
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
environment.filters["tojson"] = lambda x, indent=None: json.dumps(x, ensure_ascii=False, indent=indent)
cases = []
for path in sorted(glob.glob(HERE + "/*.jinja")):
    template = environment.from_string(open(path).read())
    for chat in CHATS:
        case = {"template": os.path.basename(path), "messages": chat}
        try:
            case["text"] = template.render(
                messages=chat, add_generation_prompt=True, bos_token="<s>", eos_token="</s>")
        except TemplateError as error:
            case["refusal"] = str(error)
        cases.append(case)
json.dump(cases, open(HERE + "/expected.json", "w"), ensure_ascii=False, indent=1)
print(len(cases), "cases")
