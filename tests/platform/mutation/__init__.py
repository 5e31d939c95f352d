"""What the tests of infra/ would not notice: each mutant is one small change of the code, judged by those tests.

`hcl` reads the code, `kinds` changes it, `warm` judges, `results` keeps what was seen. The program: tests/platform/mutate.py.
"""
