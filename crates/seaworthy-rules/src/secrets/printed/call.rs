//! Calls that print, in JavaScript, TypeScript and Python: what their arguments
//! show of variables.

use memchr::memmem;
use seaworthy_model::Region;

use super::super::program_text::{
    Grammar, Kind, Token, bracketed, interpolations, is_quoted_line, tokens,
};
use super::{MOST, Part, Printed, is_secret, part};

/// How far the arguments of a call reach, in bytes.
const WINDOW: usize = 4_096;

/// The most calls of a file that are looked at.
const MAX_CALLS: usize = 5_000;

/// As many may have arguments that do not end.
const MAX_BROKEN: usize = 50;

/// How deeply expressions nest.
const MAX_DEPTH: usize = 12;

/// What the receiver of a printing call ends with, and its methods.
const RECEIVERS: &[&str] = &["console", "logger", "logging", "Logger"];
const METHODS: &[&str] = &[
    "log",
    "info",
    "warn",
    "error",
    "debug",
    "trace",
    "dir",
    "table",
    "warning",
    "critical",
    "exception",
    "fatal",
    "verbose",
    "notice",
    "success",
    "http",
    "silly",
];

/// The secrets that the printing calls of a program show.
pub(in super::super) fn scan(text: &str, grammar: Grammar) -> Vec<Printed> {
    let mut found = Vec::new();
    let (mut calls, mut broken) = (0, 0);
    let needles: &[&str] = match grammar {
        Grammar::Script => &["console.", "ogger.", "stdout.write"],
        Grammar::Python => &["print(", "ogger.", "logging.", "stdout.write"],
    };
    for needle in needles {
        let finder = memmem::Finder::new(needle);
        let mut after = 0;
        while let Some(step) = finder.find(&text.as_bytes()[after..]) {
            let at = after + step;
            after = at + needle.len();
            let Some(open) = opening(text, at, needle) else { continue };
            calls += 1;
            if calls > MAX_CALLS || broken > MAX_BROKEN || found.len() > MOST {
                break;
            }
            if is_quoted_line(text, at, grammar) {
                continue;
            }
            let Some((arguments, end)) = bracketed(text, open, WINDOW, grammar) else {
                broken += 1;
                continue;
            };
            after = end;
            if grammar == Grammar::Python && goes_elsewhere(&arguments) {
                continue;
            }
            // A program that writes one value and nothing else answers another one.
            let answers = needle.starts_with("stdout")
                && arguments.first().is_some_and(|token| token.kind == Kind::Word)
                && !arguments.iter().any(|token| token.is("+"));
            if answers {
                continue;
            }
            Reader { text, grammar, found: &mut found }.list(&arguments, 0);
        }
    }
    found.sort_by_key(|printed| printed.region);
    found.dedup_by_key(|printed| printed.region);
    found
}

/// The bracket that opens the arguments of the call at a needle.
fn opening(text: &str, at: usize, needle: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let before = at.checked_sub(1).map_or(b' ', |before| bytes[before]);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
    if let Some(bare) = needle.strip_suffix('(') {
        return (!is_name(before) && before != b'.').then_some(at + bare.len());
    }
    if needle == "stdout.write" {
        let open = at + needle.len();
        return (bytes.get(open) == Some(&b'(')).then_some(open);
    }
    let receiver = &text[..at + needle.len() - 1];
    if !RECEIVERS.iter().any(|name| receiver.ends_with(name)) {
        return None;
    }
    if needle == "console." && is_name(before) {
        return None;
    }
    let start = at + needle.len();
    let length = bytes[start..].iter().take(16).take_while(|byte| is_name(**byte)).count();
    let method = text.get(start..start + length)?;
    let open = start + length;
    (METHODS.contains(&method) && bytes.get(open) == Some(&b'(')).then_some(open)
}

/// `print(x, file=handle)`, but for the terminal.
fn goes_elsewhere(arguments: &[Token<'_>]) -> bool {
    arguments.windows(3).any(|window| {
        window[0].is_word("file")
            && window[1].is("=")
            && !matches!(window[2].text, "sys" | "stderr" | "stdout")
    })
}

struct Reader<'t, 'f> {
    text: &'t str,
    grammar: Grammar,
    found: &'f mut Vec<Printed>,
}

/// The parts between top-level signs.
fn split<'s, 't>(
    tokens: &'s [Token<'t>],
    is_sign: impl Fn(&Token<'t>) -> bool,
) -> Vec<&'s [Token<'t>]> {
    let mut parts = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (index, token) in tokens.iter().enumerate() {
        if depth == 0 && is_sign(token) {
            parts.push(&tokens[start..index]);
            start = index + 1;
            continue;
        }
        depth = deeper(depth, token);
    }
    parts.push(&tokens[start..]);
    parts
}

fn deeper(depth: usize, token: &Token<'_>) -> usize {
    match token.text {
        "(" | "[" | "{" if token.kind == Kind::Sign => depth + 1,
        ")" | "]" | "}" if token.kind == Kind::Sign => depth.saturating_sub(1),
        _ => depth,
    }
}

impl<'t> Reader<'t, '_> {
    /// Expressions between commas.
    fn list(&mut self, tokens: &[Token<'t>], depth: usize) {
        for argument in split(tokens, |token| token.is(",")) {
            self.value(argument, depth);
        }
    }

    /// An expression whose value is printed.
    fn value(&mut self, tokens: &[Token<'t>], depth: usize) {
        let Some(first) = tokens.first() else { return };
        if depth > MAX_DEPTH {
            return;
        }
        let python = self.grammar == Grammar::Python;
        if python && first.kind == Kind::Word && tokens.get(1).is_some_and(|t| t.is("=")) {
            return self.value(&tokens[2..], depth + 1);
        }
        let top = |is_sign: &dyn Fn(&Token<'t>) -> bool| split(tokens, is_sign);
        if top(&|t| t.is("=>") || t.is_word("function") || t.is_word("lambda")).len() > 1 {
            return;
        }
        let condition = split(tokens, |t| t.is("?"))[0].len();
        if condition < tokens.len() {
            let chosen = split(&tokens[condition + 1..], |t| t.is(":"));
            return chosen.iter().for_each(|part| self.value(part, depth + 1));
        }
        let conditional = top(&|t| python && t.is_word("if"));
        if let [chosen, rest, ..] = conditional.as_slice() {
            self.value(chosen, depth + 1);
            let otherwise = split(rest, |t| t.is_word("else"));
            return otherwise.iter().skip(1).for_each(|part| self.value(part, depth + 1));
        }
        let either = top(&|t| t.is("||") || t.is("??") || (python && t.is_word("or")));
        if either.len() > 1 {
            return either.iter().for_each(|part| self.value(part, depth + 1));
        }
        let both = top(&|t| t.is("&&") || (python && t.is_word("and")));
        if let [_, .., last] = both.as_slice() {
            return self.value(last, depth + 1);
        }
        let compared = top(&|t| {
            ["===", "==", "!==", "!=", "<", ">", "<=", ">="].iter().any(|sign| t.is(sign))
                || ["instanceof", "in", "is"].iter().any(|word| t.is_word(word))
        });
        if compared.len() > 1 {
            return;
        }
        let is_format = python && matches!(first.kind, Kind::Text | Kind::Template);
        let sum = top(&|t| t.is("+") || (is_format && t.is("%")));
        if sum.len() > 1 {
            return sum.iter().for_each(|part| self.value(part, depth + 1));
        }
        if top(&|t| t.is("-") || t.is("*") || t.is("/") || t.is("...")).len() > 1 {
            return;
        }
        if first.is("!")
            || ["typeof", "not", "void", "new", "delete"].iter().any(|w| first.is_word(w))
        {
            return;
        }
        if first.is_word("await") {
            return self.value(&tokens[1..], depth + 1);
        }
        self.primary(tokens, first, depth);
    }

    fn primary(&mut self, all: &[Token<'t>], first: &Token<'t>, depth: usize) {
        let inner = inside(all).filter(|inner| inner.len() + 2 == all.len());
        match first.kind {
            Kind::Template => {
                for range in interpolations(first, self.grammar) {
                    let Some(inner) = tokens(self.text, range, self.grammar) else { continue };
                    let mut value = &inner[..];
                    if self.grammar == Grammar::Python {
                        // `{value!r}`, `{value:>3}`, `{value=}` say how it is written.
                        value = split(value, |t| t.is(":") || t.is("!"))[0];
                        if let [shown @ .., sign] = value
                            && sign.is("=")
                        {
                            value = shown;
                        }
                    }
                    self.value(value, depth + 1);
                }
            }
            Kind::Text => {
                if let [_, dot, method, open @ ..] = all
                    && dot.is(".")
                    && method.is_word("format")
                    && let Some(arguments) = inside(open)
                {
                    self.list(arguments, depth + 1);
                }
            }
            Kind::Sign if first.is("{") => {
                for property in split(inner.unwrap_or_default(), |t| t.is(",")) {
                    match property {
                        [name] => self.name(name.text, name, Part::Whole),
                        _ => {
                            let mut parts = split(property, |t| t.is(":")).into_iter();
                            let _ = parts.next();
                            parts.for_each(|part| self.value(part, depth + 1));
                        }
                    }
                }
            }
            Kind::Sign if first.is("(") || first.is("[") => {
                self.list(inner.unwrap_or_default(), depth + 1);
            }
            Kind::Word => self.chain(all, depth),
            Kind::Sign => {}
        }
    }

    /// `a.b["c"].d(e)`: the name of what comes out, unless a call makes something
    /// else of it.
    fn chain(&mut self, tokens: &[Token<'t>], depth: usize) {
        let mut last = tokens[0];
        let mut shown = Part::Whole;
        let mut about = is_about(tokens[0].text);
        let mut at = 1;
        while let Some(token) = tokens.get(at) {
            if token.is(".") || token.is("?.") {
                let Some(next) = tokens.get(at + 1) else { return };
                if next.kind != Kind::Word {
                    at += 1;
                    continue;
                }
                // A method gives what it is called on, or what it is given.
                let is_call = tokens.get(at + 2).is_some_and(|t| t.is("("));
                if !is_call {
                    about |= is_about(last.text);
                    last = *next;
                    at += 2;
                    continue;
                }
                let Some(inner) = inside(&tokens[at + 2..]) else { return };
                match next.text {
                    "toString" | "trim" | "strip" | "decode" | "get_secret_value" | "valueOf"
                    | "toUpperCase" | "toLowerCase" | "encode" => {}
                    "get" | "getOrThrow" | "getenv" | "require" => {
                        let Some(name) = inner.first().filter(|t| t.kind == Kind::Text) else {
                            return;
                        };
                        last = Token { text: name.text.rsplit('.').next().unwrap_or(""), ..*name };
                    }
                    "slice" | "substring" | "substr" => match shown_by(inner) {
                        Some(part) => shown = part,
                        None => return,
                    },
                    "stringify" | "inspect" | "dumps" => {
                        return self.value(
                            split(inner, |t| t.is(",")).first().copied().unwrap_or_default(),
                            depth + 1,
                        );
                    }
                    _ if matches!(
                        tokens[0].text,
                        "chalk" | "colors" | "kleur" | "pc" | "picocolors" | "clc" | "util"
                    ) =>
                    {
                        return self.list(inner, depth + 1);
                    }
                    _ => return,
                }
                at += 4 + inner.len();
            } else if token.is("[") {
                let Some(inner) = inside(&tokens[at..]) else { return };
                match inner {
                    [name] if name.kind == Kind::Text => last = *name,
                    [sign, end] if sign.is(":") => match part(end.text.parse().unwrap_or(0)) {
                        Some(part) => shown = part,
                        None => return,
                    },
                    _ => return,
                }
                at += 2 + inner.len();
            } else if token.is("(") && at == 1 {
                // A function by itself: few give back what they are given.
                let Some(inner) = inside(&tokens[1..]) else { return };
                if !matches!(
                    tokens[0].text,
                    "String" | "str" | "repr" | "inspect" | "encodeURIComponent"
                ) {
                    let lookup = matches!(tokens[0].text, "getenv" | "env" | "requireEnv");
                    let Some(name) = inner.first().filter(|t| lookup && t.kind == Kind::Text)
                    else {
                        return;
                    };
                    return self.name(name.text, name, Part::Whole);
                }
                return self.list(inner, depth + 1);
            } else if token.is("!") {
                at += 1;
            } else if token.is_word("as") {
                break;
            } else {
                return;
            }
        }
        if !about && (at < 3 || !is_about(last.text)) {
            self.name(last.text, &last, shown);
        }
    }

    fn name(&mut self, name: &str, token: &Token<'_>, part: Part) {
        if token.kind == Kind::Sign || !is_secret(name) || (name == "token" && !self.has_logins()) {
            return;
        }
        let name = name.to_owned();
        self.found.push(Printed { name, region: Region::new(token.start, token.end()), part });
    }

    /// Whether the program has to do with logging in: a bare `token` of another one
    /// may be that of a parser.
    fn has_logins(&self) -> bool {
        ["earer", "uthoriz", "jwt", "JWT", "login", "Login", "oauth", "OAuth", "assword"]
            .iter()
            .any(|word| self.text.contains(word))
    }
}

/// Objects whose members say something about a field: messages, labels, rules.
fn is_about(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [
        "error",
        "message",
        "label",
        "schema",
        "rule",
        "touched",
        "validat",
        "translation",
        "i18n",
        "placeholder",
        "type",
        "column",
        "field",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// What stands in the bracket that the tokens begin with.
fn inside<'s, 't>(tokens: &'s [Token<'t>]) -> Option<&'s [Token<'t>]> {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate() {
        depth = deeper(depth, token);
        if depth == 0 {
            return tokens.get(1..index);
        }
    }
    None
}

/// How much `slice(0, 20)` shows.
fn shown_by(arguments: &[Token<'_>]) -> Option<Part> {
    match arguments {
        [_] => Some(Part::Beginning),
        [_, comma, end] if comma.is(",") => part(end.text.parse().unwrap_or(0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::program_text::Grammar::{self, *};
    use super::*;

    fn names(source: &str, grammar: Grammar) -> Vec<String> {
        scan(source, grammar).into_iter().map(|printed| printed.name).collect()
    }

    #[test]
    fn secrets_among_the_arguments_are_found() {
        let cases: &[(&str, Grammar, &[&str])] = &[
            ("console.log(password)", Script, &["password"]),
            ("console.log('db', process.env.DATABASE_URL)", Script, &["DATABASE_URL"]),
            ("console.info(`url: ${process.env['DATABASE_URL']}`)", Script, &["DATABASE_URL"]),
            ("console.error('x' + config.jwtSecret + '.')", Script, &["jwtSecret"]),
            ("this.logger.debug({ user, password: dto.password })", Script, &["password"]),
            ("logger.info({ apiKey })", Script, &["apiKey"]),
            ("console.log(JSON.stringify({ accessToken }))", Script, &["accessToken"]),
            ("console.log(chalk.green(`Secret: ${secret}`))", Script, &["secret"]),
            ("console.log(a || apiKey)", Script, &["apiKey"]),
            ("console.log(ok ? apiKey : 'none')", Script, &["apiKey"]),
            ("console.log(config.get('JWT_SECRET'))", Script, &["JWT_SECRET"]),
            ("console.log(accessToken.slice(0, 20))", Script, &["accessToken"]),
            ("process.stdout.write(`${dbPassword}\\n`)", Script, &["dbPassword"]),
            ("console.log(user.password!)", Script, &["password"]),
            ("// login\nconsole.log('Token:', token)", Script, &["token"]),
            ("print(f\"key {api_key}\")", Python, &["api_key"]),
            (
                "print(f'{api_key!r} {secret_key:>4} {db_password=}')",
                Python,
                &["api_key", "secret_key", "db_password"],
            ),
            (
                "print('pw', os.environ['DB_PASSWORD'], os.getenv(\"API_KEY\"))",
                Python,
                &["DB_PASSWORD", "API_KEY"],
            ),
            ("logger.info('pw %s' % password)", Python, &["password"]),
            ("logging.warning('pw %s', settings.SECRET_KEY)", Python, &["SECRET_KEY"]),
            ("print('{}'.format(password))", Python, &["password"]),
            ("print(password, file=sys.stderr)", Python, &["password"]),
        ];
        for (source, grammar, want) in cases {
            assert_eq!(names(source, *grammar), *want, "{source}");
        }
    }

    #[test]
    fn what_tells_only_about_a_secret_is_left_alone() {
        let cases = [
            ("console.log('Hashing password...')", Script),
            ("console.log({ hasPassword: !!password })", Script),
            ("console.log(password ? 'set' : 'missing')", Script),
            ("console.log(password.length, typeof password)", Script),
            ("console.log(`${password ? '***' : 'none'}`)", Script),
            ("console.log(mask(apiKey), redact(token))", Script),
            ("console.log(apiKey.slice(0, 4) + '...')", Script),
            ("console.log(apiKey.slice(-4))", Script),
            ("console.log(a === password)", Script),
            ("console.log(errors.password, t.messages.password)", Script),
            ("// console.log(password)", Script),
            ("const s = 'console.log(password)'", Script),
            ("console.log('token', token)", Script),
            ("console.log(users.map((u) => u.password.length))", Script),
            ("console.group(password)", Script),
            ("myconsole.log(password)", Script),
            ("console.log(passwordHash, tokenCount)", Script),
            ("console.log(Boolean(password), bcrypt.hash(password, 12))", Script),
            ("console.log(url.replace(password, '***'))", Script),
            ("console.log(`pw ${'*'.repeat(password.length)}`)", Script),
            ("print(password, file=handle)", Python),
            ("print(len(password), 'yes' if password else 'no')", Python),
            ("print(f'{{password}}')", Python),
            ("pprint(password)", Python),
            ("blueprint(password)", Python),
            ("print(secret[:4])", Python),
            ("sys.stdout.write(cfg['password'])", Python),
            ("print('a', password_hash)", Python),
            ("console.log(", Script),
            ("console.log('open", Script),
        ];
        for (source, grammar) in cases {
            assert_eq!(names(source, grammar), [""; 0], "{source}");
        }
    }

    #[test]
    fn hostile_text_ends() {
        for piece in
            ["console.log(", "console.log(`${", "print(f'{", "console.log([{(", "logger.info(a?b:"]
        {
            let source = piece.repeat(20_000);
            scan(&source, Script);
            scan(&source, Python);
        }
    }
}
