"""Strings that something between the API and a tool might evaluate, convert, cut or refuse."""

ARGO = [
    "{{workflow.name}}",
    "{{=1+1}}",
    "{{inputs.parameters.request}}",
    "{{{{=1}}}}",
    "{{",
    "}}",
    "{{=sprig.upper('fired')}}",
    "{{=sprig.env('PATH')}}",
]
KUBERNETES = ["$(IDP_RUN)", "$$(IDP_RUN)", "$(X)", "$(IDP_TARGET)", "$(KUBERNETES_SERVICE_HOST)"]
TERRAFORM = [
    "${x}",
    "${1+1}",
    "$${x}",
    "%{if true}fired%{endif}",
    "%%{if}",
    '${file("/etc/passwd")}',
    "%{~ for x in y}",
]
JINJA = [
    "{{ 1+1 }}",
    "{{ lookup('pipe','id') }}",
    "{% for x in range(9) %}{{ x }}{% endfor %}",
    "{#- a comment -#}",
    "{% raw %}",
    "{{ lookup('ansible.builtin.pipe', 'touch fired') }}",
    "!unsafe x",
    "$ANSIBLE_VAULT;1.1;AES256\n6162",
]
SHELL = [
    "$(touch fired)",
    "`touch fired`",
    "; touch fired",
    "&& touch fired",
    "| touch fired",
    "-n",
    "--help",
    "\\c",
    "%s%n",
]
QUOTES = ["'", '"', "\\", "\\\\", "'\"'\"'", '"""', "\\u007b\\u007b", "\\n", "<<EOF\nx\nEOF", "</script>&amp;"]
YAML = [
    "yes", "no", "on", "y", "null", "~", "true", "1e3", "0o14", "012", "1:30", "2024-01-01", "4", "4.0", ".inf", "- a",
    "a: b", "a #b", "&a", "*a", "!a", "|", ">", "---", "...", "[a", "{a", "{}", "[]", "=", "<<", "@file", "@/etc/passwd",
]  # fmt: skip
BLANKS = [
    "",
    " ",
    " a ",
    "\n",
    "a\n",
    "\na",
    "a\n\nb\n\n",
    "a\r\nb",
    "\ta",
    "a\tb",
    "\x0b",
    "\x0c",
    "\x85",
    "\xa0",
    "\u2028x\u2029",
    "\ufeffx",
]
CONTROLS = [chr(code) for code in range(1, 32)] + ["\x7f", "\x80", "\x9b31m"]
NUL = ["\x00", "a\x00b"]
GJSON = [
    "a.b",
    "a\\.b",
    "*",
    "a*",
    "?",
    "#",
    "#.a",
    '#(a=="b").c',
    '#(a%"*")#',
    "@this",
    "@reverse",
    "a|@pretty",
    "a.@keys",
    "{a,b}",
    "[a,b]",
    "a|!'x'",
    "..",
    "..0.a",
    "0",
]
"""Argo Events reads events with it."""
SJSON = ["-1", ":1", "a.-1", "a.:1", '#(name=="request").value', "spec.entrypoint"]
"""It writes Workflows with it."""
LOOKALIKES = [
    "\uff5b\uff5bworkflow.name\uff5d\uff5d",
    "{\u200b{workflow.name}\u2060}",
    "\uff04(IDP_TARGET)",
    "\uff1b touch fired",
    "{\xad{ 1+1 }}",
]
"""No sign of any syntax until something folds characters or drops those that nobody sees."""
UNICODE = [
    "é",
    "日本",
    "😀",
    "👩‍🚀",
    "\U0010ffff",
    "\ufffd",
    "\ue000",
    "\u202edrow",
    "p\u0430yments",
    "\u202e}}eman.wolfkrow{{",
    "\u2066{{\u2069",
    "\U000e007b\U000e007b",
    "\ufe0f",
]
NOT_COMPOSED = ["e\u0301", "\u212b"]
"""Terraform would store the composed form."""

JSON_LIKE = ['{"__ansible_unsafe": "x"}', '{"a": 1}', '["a"]', '"x"', "null"]

LEGAL = [
    *ARGO, *KUBERNETES, *TERRAFORM, *JINJA, *SHELL, *QUOTES, *YAML, *BLANKS, *CONTROLS, *GJSON, *SJSON, *LOOKALIKES, *UNICODE, *JSON_LIKE,
]  # fmt: skip
"""All that must arrive byte by byte in Terraform and in Ansible; NUL beside them wherever there is no C string."""

CLASSES = {
    "argo": ARGO,
    "kubernetes": KUBERNETES,
    "terraform": TERRAFORM,
    "jinja": JINJA,
    "shell": SHELL,
    "quotes": QUOTES,
    "yaml": YAML,
    "blanks": BLANKS,
    "controls": CONTROLS,
    "nul": NUL,
    "gjson": GJSON,
    "sjson": SJSON,
    "lookalikes": LOOKALIKES,
    "unicode": UNICODE,
    "not-composed": NOT_COMPOSED,
    "json-like": JSON_LIKE,
}
"""Everything, by whom it is meant for; each has a control that fires: here in test_controls.py, or in tests/cluster/injection."""
