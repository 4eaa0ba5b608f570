//! Guests: components made of a few lines of WebAssembly text and answers that lie
//! ready in their memory, as the canonical ABI lays them out.

use std::fmt::Write as _;
use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Where the answers begin in memory.
const BASE: usize = 1024;

/// A value of the component model.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    U8(u8),
    U16(u16),
    U32(u32),
    Text(String),
    List(Vec<Value>),
    Record(Vec<Value>),
    Some(Box<Value>),
    /// None of a type of this size and alignment.
    None(usize, usize),
    /// The case of a variant whose payloads are lists or texts.
    Case(u8, Box<Value>),
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(crate) fn none_text() -> Value {
    Value::None(8, 4)
}

pub(crate) fn some(value: Value) -> Value {
    Value::Some(Box::new(value))
}

fn up(offset: usize, align: usize) -> usize {
    offset.div_ceil(align) * align
}

impl Value {
    fn align(&self) -> usize {
        match self {
            Value::U8(_) => 1,
            Value::U16(_) => 2,
            Value::U32(_) | Value::Text(_) | Value::List(_) | Value::Case(..) => 4,
            Value::Record(fields) => fields.iter().map(Value::align).max().unwrap_or(1),
            Value::Some(value) => value.align(),
            Value::None(_, align) => *align,
        }
    }

    fn size(&self) -> usize {
        match self {
            Value::U8(_) => 1,
            Value::U16(_) => 2,
            Value::U32(_) => 4,
            Value::Text(_) | Value::List(_) => 8,
            Value::Case(..) => 12,
            Value::Record(fields) => {
                let end = fields.iter().fold(0, |at, field| up(at, field.align()) + field.size());
                up(end, self.align())
            }
            Value::Some(value) => up(up(1, value.align()) + value.size(), value.align()),
            Value::None(size, align) => up(up(1, *align) + size, *align),
        }
    }
}

/// Memory in the making.
struct Memory {
    bytes: Vec<u8>,
    /// Where it begins in the guest.
    base: usize,
}

impl Memory {
    fn at(base: usize) -> Self {
        Self { bytes: Vec::new(), base }
    }

    fn room(&mut self, align: usize, size: usize) -> usize {
        let start = up(self.bytes.len(), align);
        self.bytes.resize(start + size, 0);
        start
    }

    fn lay(&mut self, value: &Value) -> usize {
        let at = self.room(value.align(), value.size());
        self.put(value, at);
        self.base + at
    }

    fn word(&mut self, at: usize, word: usize) {
        let word = u32::try_from(word).expect("memory is small");
        self.bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
    }

    fn put(&mut self, value: &Value, at: usize) {
        match value {
            Value::U8(byte) => self.bytes[at] = *byte,
            Value::U16(number) => self.bytes[at..at + 2].copy_from_slice(&number.to_le_bytes()),
            Value::U32(number) => self.bytes[at..at + 4].copy_from_slice(&number.to_le_bytes()),
            Value::Text(text) => {
                let start = self.room(1, text.len());
                self.bytes[start..start + text.len()].copy_from_slice(text.as_bytes());
                self.word(at, self.base + start);
                self.word(at + 4, text.len());
            }
            Value::List(items) => {
                let stride = items.first().map_or(0, Value::size);
                let start = self.room(8, stride * items.len());
                for (index, item) in items.iter().enumerate() {
                    self.put(item, start + index * stride);
                }
                self.word(at, self.base + start);
                self.word(at + 4, items.len());
            }
            Value::Record(fields) => {
                let mut offset = at;
                for field in fields {
                    offset = up(offset, field.align());
                    self.put(field, offset);
                    offset += field.size();
                }
            }
            Value::Some(value) => {
                self.bytes[at] = 1;
                self.put(value, at + up(1, value.align()));
            }
            Value::None(..) => {}
            Value::Case(case, value) => {
                self.bytes[at] = *case;
                self.put(value, at + 4);
            }
        }
    }
}

/// The bytes of what `check-file` answers, for this place in a guest's memory, the
/// answer itself first.
pub(crate) fn image(base: usize, answer: &Result<Vec<Finding>, String>) -> Vec<u8> {
    let mut memory = Memory::at(base);
    memory.lay(&answer_of(answer));
    memory.bytes
}

fn answer_of(answer: &Result<Vec<Finding>, String>) -> Value {
    match answer {
        Ok(findings) => {
            let findings = findings.iter().map(Finding::value).collect();
            Value::Case(0, Box::new(Value::List(findings)))
        }
        Err(why) => Value::Case(1, Box::new(text(why))),
    }
}

/// A finding of the contract.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) rule: String,
    pub(crate) message: String,
    pub(crate) path: Option<String>,
    pub(crate) region: Option<(u32, u32)>,
    pub(crate) evidence: String,
    pub(crate) sensitive: Vec<(u32, u32)>,
    /// Title, and edits: path, region, text.
    pub(crate) fixes: Vec<(String, Vec<Edit>)>,
}

pub(crate) type Edit = (Option<String>, (u32, u32), String);

impl Finding {
    pub(crate) fn new(rule: &str, message: &str) -> Self {
        Self {
            rule: rule.to_owned(),
            message: message.to_owned(),
            path: None,
            region: Some((0, 1)),
            evidence: String::new(),
            sensitive: Vec::new(),
            fixes: Vec::new(),
        }
    }

    fn value(&self) -> Value {
        let region = |(start, end)| Value::Record(vec![Value::U32(start), Value::U32(end)]);
        let optional =
            |path: &Option<String>| path.as_deref().map_or(none_text(), |p| some(text(p)));
        let location = |path: &Option<String>, at: Option<(u32, u32)>| {
            let at = at.map_or(Value::None(8, 4), |at| some(region(at)));
            Value::Record(vec![optional(path), at])
        };
        let none = Value::List(Vec::new());
        let fixes = self.fixes.iter().map(|(title, edits)| {
            let edits = edits
                .iter()
                .map(|(path, at, new)| Value::Record(vec![optional(path), region(*at), text(new)]));
            let edits = Value::List(edits.collect());
            Value::Record(vec![text(title), Value::U8(0), edits, none.clone()])
        });
        let sensitive = self.sensitive.iter().map(|at| location(&None, Some(*at)));
        Value::Record(vec![
            text(&self.rule),
            text(&self.message),
            location(&self.path, self.region),
            none_text(),
            Value::None(1, 1),
            text(&self.evidence),
            Value::List(sensitive.collect()),
            none.clone(),
            Value::List(fixes.collect()),
            none,
        ])
    }
}

/// A guest in the making.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    pub(crate) world: &'static str,
    pub(crate) name: String,
    /// The ids of its rules.
    pub(crate) rules: Vec<String>,
    pub(crate) kinds: Vec<String>,
    pub(crate) globs: Vec<String>,
    pub(crate) needles: Vec<String>,
    pub(crate) schema: Option<String>,
    /// What `check-file` and `check-repo` answer.
    pub(crate) findings: Result<Vec<Finding>, String>,
    /// Why `configure` refuses.
    pub(crate) refuses: Option<String>,
    /// Instructions at the start of `describe`, `configure`, `check-file` and
    /// `check-repo`.
    pub(crate) describing: String,
    pub(crate) configuring: String,
    pub(crate) checking: String,
    /// Instructions of the module's start.
    pub(crate) starting: String,
    /// Pages of memory at first.
    pub(crate) pages: usize,
    /// Further parts of the module.
    pub(crate) parts: String,
}

impl Guest {
    /// A guest that judges every `.env` file and finds nothing.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            world: "file-plugin",
            name: name.to_owned(),
            rules: vec!["first".to_owned(), "second".to_owned()],
            kinds: vec!["env".to_owned()],
            globs: Vec::new(),
            needles: Vec::new(),
            schema: None,
            findings: Ok(Vec::new()),
            refuses: None,
            describing: String::new(),
            configuring: String::new(),
            checking: String::new(),
            starting: String::new(),
            pages: 0,
            parts: String::new(),
        }
    }

    /// The same with these findings.
    pub(crate) fn finding(mut self, findings: Vec<Finding>) -> Self {
        self.findings = Ok(findings);
        self
    }

    /// The same with these instructions in `check-file` and `check-repo`.
    pub(crate) fn checking(mut self, instructions: &str) -> Self {
        self.checking = instructions.to_owned();
        self
    }

    fn info(&self) -> Value {
        let list = |words: &[String]| Value::List(words.iter().map(|word| text(word)).collect());
        let none = Value::List(Vec::new());
        let selector = Value::Record(vec![
            list(&self.kinds),
            list(&self.globs),
            none.clone(),
            list(&self.needles),
            none.clone(),
        ]);
        let files = match self.world {
            "repo-plugin" => none.clone(),
            _ => Value::List(vec![selector]),
        };
        let repository = match self.world {
            "file-plugin" => Value::None(8, 4),
            _ => some(none.clone()),
        };
        let rules = self.rules.iter().map(|id| {
            Value::Record(vec![
                text(id),
                none.clone(),
                none_text(),
                text("something is wrong"),
                text("Flags what is wrong.\n"),
                Value::U8(3),
                Value::None(1, 1),
                Value::U8(2),
                Value::List(vec![Value::U16(798)]),
                none.clone(),
                Value::U8(1),
                files.clone(),
                repository.clone(),
                none.clone(),
            ])
        });
        let schema = self.schema.as_deref().map_or(none_text(), |schema| some(text(schema)));
        Value::Record(vec![
            text(&self.name),
            text("1.0.0"),
            text("A guest of tests."),
            Value::List(rules.collect()),
            schema,
            none,
        ])
    }

    /// The core module as WebAssembly text.
    fn module(&self) -> String {
        let mut memory = Memory::at(BASE);
        let info = memory.lay(&self.info());
        let answer = memory.lay(&answer_of(&self.findings));
        let configured = memory.lay(&match &self.refuses {
            None => Value::Case(0, Box::new(text(""))),
            Some(why) => Value::Case(1, Box::new(text(why))),
        });
        let heap = up(BASE + memory.bytes.len(), 16);
        let pages = self.pages.max((heap >> 16) + 2);
        let mut data = String::new();
        for byte in &memory.bytes {
            let _ = write!(data, "\\{byte:02x}");
        }
        let Self { describing, configuring, checking, starting, parts, .. } = self;
        let export = |interface: &str| format!("seaworthy:plugin/{interface}@1.0.0");
        let file = match self.world {
            "repo-plugin" => String::new(),
            _ => format!(
                r#"(func (export "{}#check-file") (param $file i32) (param $rules i32) (param $count i32)
                    (result i32)
                    {checking}
                    (call $drop (local.get $file))
                    (i32.const {answer}))"#,
                export("file-rules")
            ),
        };
        let repo = match self.world {
            "file-plugin" => String::new(),
            _ => format!(
                r#"(func (export "{}#check-repo") (param $rules i32) (param $count i32) (result i32)
                    {checking}
                    (i32.const {answer}))"#,
                export("repo-rules")
            ),
        };
        let drop = match self.world {
            "repo-plugin" => String::new(),
            _ => format!(
                r#"(import "{}" "[resource-drop]document" (func $drop (param i32)))"#,
                export("documents")
            ),
        };
        format!(
            r#"(module
                {drop}
                (import "{log}" "log" (func $log (param i32 i32 i32)))
                {parts}
                (memory (export "memory") {pages})
                (global $heap (mut i32) (i32.const {heap}))
                (data (i32.const {BASE}) "{data}")
                (func $start {starting})
                (start $start)
                (func (export "cabi_realloc") (param i32 i32) (param $align i32) (param $size i32)
                    (result i32)
                    (local $at i32)
                    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
                    (global.set $heap (i32.add (local.get $at) (local.get $size)))
                    (local.get $at))
                (func (export "{plugin}#describe") (result i32) {describing} (i32.const {info}))
                (func (export "{plugin}#configure") (param i32 i32) (result i32)
                    {configuring}
                    (i32.const {configured}))
                {file}
                {repo}
            )"#,
            log = export("log"),
            plugin = export("plugin"),
        )
    }

    /// The component.
    pub(crate) fn build(&self) -> Vec<u8> {
        let mut module = wat::parse_str(self.module()).expect("the text is right");
        let mut resolve = Resolve::default();
        let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seaworthy-plugin-api/wit");
        let (package, _) = resolve.push_dir(contract).expect("the contract can be read");
        let world = resolve.select_world(&[package], Some(self.world)).expect("there is the world");
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
            .expect("it can be embedded");
        ComponentEncoder::default()
            .validate(true)
            .module(&module)
            .and_then(|encoder| encoder.encode())
            .expect("the module fits the world")
    }
}
