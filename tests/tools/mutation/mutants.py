# SPDX-License-Identifier: 0BSD
"""The header as tokens, and each small change of it: what tests/tools/mutation/run tries."""
import collections
import re

# ------------------------------------------------------------------------------------------------
# The header as tokens
# ------------------------------------------------------------------------------------------------

Token = collections.namedtuple('Token', 'text begin end line spaced')
Mutant = collections.namedtuple('Mutant', 'name before after begin end text line function')
Part = collections.namedtuple('Part', 'name tokens parameters is_macro is_enum')

SKIPPED = re.compile(r'//[^\n]*|/\*.*?\*/', re.S)
TOKEN = re.compile(r'''"(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | \w+ | \.\.\. |
                       (?:<<|>>|[-+*/%&|^<>=!])= | && | \|\| | << | >> | -> | \+\+ | -- |
                       \#\# | [^\s\w\\]''', re.X)
TYPES = set('''struct union enum typedef static const extern volatile unsigned int char bool void
               long short size_t uintptr_t int16_t uint8_t uint16_t __label__ __typeof__'''.split())


def without_comments(text):
    def blank(match):
        return re.sub(r'[^\n]', ' ', match[0])
    return re.sub(r'"(?:\\.|[^"\\\n])*"|' + SKIPPED.pattern,
                  lambda m: m[0] if m[0][0] == '"' else blank(m), text, flags=re.S)


def tokens_of(code, begin, end):
    """What stands between two offsets. Lines are counted from 1."""
    tokens = []
    line = code.count('\n', 0, begin) + 1
    at = begin
    for match in TOKEN.finditer(code, begin, end):
        line += code.count('\n', at, match.start())
        at = match.start()
        # House style: a binary operator has a space on both sides, a unary one has not.
        spaced = code[match.start() - 1].isspace() and code[match.end()].isspace()
        tokens.append(Token(match[0], match.start(), match.end(), line, spaced))
    return tokens


def logical_lines(code):
    """(begin, end) of each line, a backslash at its end joining the next one."""
    for match in re.finditer(r'(?:[^\n]*\\\n)*[^\n]*\n', code):
        yield match.start(), match.end()


def closing(tokens, at):
    """The index of what closes the bracket at `at`, or the number of tokens."""
    depth = 0
    for i in range(at, len(tokens)):
        if tokens[i].text in '([{':
            depth += 1
        elif tokens[i].text in ')]}':
            depth -= 1
            if depth == 0:
                return i
    return len(tokens)


def parts_of(code):
    """Functions, enumerations and macros, each with the tokens in which it can be changed."""
    outside = []
    for begin, end in logical_lines(code):
        tokens = tokens_of(code, begin, end)
        if not tokens or tokens[0].text != '#':
            outside += tokens
        elif tokens[1].text == 'define' and len(tokens) > 3:
            name, parameters, body = tokens[2], set(), tokens[3:]
            if body[0].text == '(' and body[0].begin == name.end:
                last = closing(body, 0)
                parameters = {t.text for t in body[:last]}
                body = body[last + 1:]
            yield Part(name.text, body, parameters, True, False)
    begin = 0
    i = 0
    while i < len(outside):
        if outside[i].text == '{':
            last = closing(outside, i)
            head = [t.text for t in outside[begin:i]]
            inner = outside[i + 1:last]
            if ')' in head:
                named = head.index('(')
                name = head[named + 1] if head[named - 1] == 'AGEN' else head[named - 1]
                yield Part(name, inner, set(), False, False)
                begin = last + 1
            elif 'enum' in head:
                yield Part('enum ' + (head[-1] if head[-1] != 'enum' else inner[0].text), inner,
                           set(), False, True)
            i = last
        elif outside[i].text == ';':
            begin = i + 1
        i += 1

# ------------------------------------------------------------------------------------------------
# Mutations
# ------------------------------------------------------------------------------------------------


OPERATORS = {
    '==': ['!='], '!=': ['=='],
    '<': ['<=', '>='], '<=': ['<', '>'], '>': ['>=', '<='], '>=': ['>', '<'],
    '&&': ['||'], '||': ['&&'],
    '+': ['-'], '-': ['+'], '*': ['+'], '/': ['*'], '%': ['/'],
    '&': ['|'], '|': ['&'], '^': ['|'], '<<': ['>>'], '>>': ['<<'],
    '+=': ['-='], '-=': ['+='], '*=': ['='], '^=': ['='], '|=': ['=', '&='], '&=': ['=', '|='],
}
COMPARISONS = ['==', '!=', '<', '<=', '>', '>=', '&&', '||', '!']
WORDS = {'true': 'false', 'false': 'true'}
NUMBER = re.compile(r'(0[xX][0-9A-Fa-f]+|\d+)([uUlL]*)$')


def neighbours(parts):
    """Each enumerator, and the next one of its enumeration in its place."""
    other = {}
    for part in parts:
        if part.is_enum:
            names = [t.text for i, t in enumerate(part.tokens)
                     if re.match(r'[A-Z]\w*$', t.text)
                     and (i == 0 or part.tokens[i - 1].text == ',')]
            if len(names) > 1:
                other.update(zip(names, names[1:] + names[:1]))
    return other


def is_declaration(span):
    texts = [t.text for t in span]
    return texts[0] in TYPES or len(texts) > 1 and bool(
        re.match(r'[a-z_]\w* (\w+ |\* )*\w+ ?[=,;[(]?', ' '.join(texts[:4]))
        and re.match(r'[a-z_]', texts[0]) and re.match(r'[a-z_*]', texts[1])
        and texts[0] not in ('return', 'goto', 'break', 'continue'))


def statements(part):
    """(first, last) of the simple statements; a macro that stands alone on its line is one, too."""
    tokens = part.tokens
    start = i = 0

    def alone(at):
        """What ends the item at `at` if its line has nothing but such items, or None."""
        line = tokens[at].line
        first = None
        while at < len(tokens) and tokens[at].line == line:
            text = tokens[at].text
            if not (text in part.parameters or re.match(r'AGEN_\w+_$', text)):
                return None
            if at + 1 < len(tokens) and tokens[at + 1].text == '(':
                at = closing(tokens, at + 1)
            first = at if first is None else first
            at += 1
        if first is None or at < len(tokens) and tokens[at].line == tokens[at - 1].line:
            return None
        return first

    while i < len(tokens):
        text = tokens[i].text
        if text in ('{', '}', 'do', 'else'):
            start = i + 1
        elif text == ';':
            if i > start:
                yield start, i
            start = i + 1
        elif text in ('if', 'while', 'for', 'switch') and i == start:
            i = closing(tokens, i + 1)
            start = i + 1
        elif text == ':' and i > start and tokens[start].text in ('case', 'default'):
            start = i + 1
        elif text == ':' and i == start + 1 and i + 1 < len(tokens):
            start = i + 1
        elif text == '(':
            i = closing(tokens, i)
        elif i == start:
            last = alone(i)
            if last is not None:
                yield i, last
                i = last
                start = i + 1
        i += 1
    if start < len(tokens) and start > 0 and part.is_macro:
        yield start, len(tokens) - 1


def changes(part, other):
    """(first token, last token, text instead) of every mutant of a part."""
    tokens = part.tokens
    texts = [t.text for t in tokens] + ['', '']
    pragmas = set()
    for i, text in enumerate(texts):
        if text.startswith('AGEN_PRAGMA_') or text == '_Pragma':
            pragmas.update(range(i + 1, closing(tokens, i + 1)))

    for first, last in () if part.is_enum else statements(part):
        ends = texts[last] == ';'
        if is_declaration(tokens[first:last + 1]) or texts[first:last] == ['(', 'void', ')', '0']:
            continue
        yield first, last, '(void)0;' if ends else ''
        assigned = [i for i in range(first, last) if texts[i] == '=' and tokens[i].spaced]
        for i, j in zip(assigned[:-1], assigned[1:]):
            if ')' not in texts[i:j] and ',' not in texts[i:j]:
                yield i, j - 1, ''

    for i, token in enumerate(tokens):
        text = token.text
        before = texts[i - 1] if i else ''
        if i in pragmas:
            continue
        if text in ('if', 'while') and texts[i + 1] == '(':
            last = closing(tokens, i + 1)
            signs = [t.text for t in tokens[i:last] if t.text in COMPARISONS]
            if texts[i:last] != ['while', '(', '0'] and len(signs) != 1:  # one is flipped below
                yield i + 1, i + 1, '(!('
                yield last, last, '))'
        elif text == 'for' and texts[i + 1] == '(':
            last = closing(tokens, i + 1)
            ends = [i + 1] + [j for j in range(i + 2, last) if texts[j] == ';'] + [last]
            for j, k in zip(ends[:-1], ends[1:]):
                if k > j + 1 and not is_declaration(tokens[j + 1:k]):
                    yield j + 1, k - 1, ''
        elif text == 'else':
            yield i, i, ''
        elif text == '?' and not part.is_enum:
            colon = end = None
            depth = 0
            for j in range(i + 1, len(tokens) + 1):
                if j == len(tokens) or depth == 0 and texts[j] in (')', ']', ',', ';', '}'):
                    end = j - 1
                    break
                depth += (texts[j] in '([{?') - (texts[j] in ')]}')
                if texts[j] == ':':
                    depth -= 1
                    if depth == -1:
                        colon, depth = j, 0
            if colon:
                yield i, end, ('?', i + 1, colon, end)
        elif text in OPERATORS and token.spaced and 0 < i:
            for instead in OPERATORS[text]:
                yield i, i, instead
            if text in ('|', '&') and re.match(r'[A-Z]', texts[i + 1]) and texts[i + 2] != '(':
                yield i, i + 1, ''
            if text == '|' and re.match(r'[A-Z]', before):
                yield i - 1, i, ''
        elif text in ('++', '--'):
            yield i, i, '--' if text == '++' else '++'
        elif text in ('!', '~') and not token.spaced:
            yield i, i, ''
        elif text in WORDS:
            yield i, i, WORDS[text]
        elif NUMBER.match(text) and before != '##':
            if texts[i - 2:i + 1] == ['if', '(', '0'] or texts[i - 2:i + 1] == ['while', '(', '0'] \
                    or texts[i - 2:i] == ['void', ')'] and text == '0':
                continue
            digits, suffix = NUMBER.match(text).groups()
            value = int(digits, 0)
            yield i, i, '%d%s' % (value + 1, suffix)
            if value:
                yield i, i, '%d%s' % (value - 1, suffix)
        elif text in other and before != 'case' and not (part.is_enum and before in ('', ',')):
            yield i, i, other[text]


def mutants_of(text):
    """All of them in the order of the header, under names that do not depend on line numbers."""
    code = without_comments(text)
    code = re.sub(r'\A.*?(?=#ifndef AGEN_H)', lambda m: re.sub(r'[^\n]', ' ', m[0]), code, 1, re.S)
    lines = code.splitlines()
    parts = list(parts_of(code))
    other = neighbours(parts)
    seen = collections.Counter()
    made = []

    def shown(first_line, last_line):
        stripped = (line.rstrip('\\ ').strip() for line in lines[first_line - 1:last_line])
        return ' '.join(filter(None, stripped))

    for part in parts:
        pending = None  # a condition is negated at two places
        for first, last, instead in changes(part, other):
            begin, end = part.tokens[first].begin, part.tokens[last].end
            if instead == '(!(':
                pending = begin, first
                continue
            if instead == '))':
                begin, first = pending
                instead = '(!(' + code[begin + 1:end - 1] + '))'
            elif isinstance(instead, tuple):
                _, yes, colon, stop = instead

                def source(a, b):
                    return code[part.tokens[a].begin:part.tokens[b].end]
                instead = '? %s : %s' % (source(colon + 1, stop), source(yes, colon - 1))
            was = code[begin:end]
            folds = re.findall(r'\\?\n', was)  # a mutant has the lines of the original
            if instead.count('\n') < len(folds):
                instead += ' '.join(folds)
            top, bottom = part.tokens[first].line, part.tokens[last].line
            before = shown(top, bottom)
            line_begin = code.rfind('\n', 0, begin) + 1
            line_end = code.find('\n', end)
            after = code[line_begin:begin] + instead + code[end:line_end]
            after = ' '.join(re.sub(r'\\?\n|\\$', ' ', after).split())
            before = ' '.join(before.split())
            if part.is_macro and top == part.tokens[0].line:
                after = re.sub(r'^# ?define ', '#define ', after)
            key = part.name, before, after
            seen[key] += 1
            name = part.name + (' #%d' % seen[key] if seen[key] > 1 else '')
            made.append(Mutant(name, before, after, begin, end, instead, top,
                               not part.is_macro and not part.is_enum))
    return made
