//! CI configurations: the scripts in them, and what they print.

use super::{MOST, Printed, scan_powershell, scan_shell};

/// Keys whose values are scripts.
const KEYS: &[&str] =
    &["run", "script", "command", "before_script", "after_script", "bash", "pwsh"];

/// The secrets that the scripts of a CI configuration print.
pub(in super::super) fn scan(text: &str) -> Vec<Printed> {
    let mut found = Vec::new();
    let mut lines = text.split_inclusive('\n').peekable();
    let mut start = 0;
    while let Some(line) = lines.next() {
        let at = start;
        start += line.len();
        if found.len() > MOST {
            break;
        }
        let body = line.trim_start();
        let item = body.trim_start_matches("- ").trim_start();
        let indent = line.len() - item.len();
        if item.starts_with('#') {
            continue;
        }
        let Some(value) = script_of(item) else { continue };
        let value_start = at + indent + (item.len() - value.len());
        let value = value.trim_end();
        if !value.starts_with(['|', '>']) {
            // A plain or quoted line; a pair of quotes around it is the YAML's.
            let inner = match value.as_bytes() {
                [quote @ (b'"' | b'\''), .., last] if quote == last => 1,
                _ => 0,
            };
            let range = value_start + inner..value_start + value.len() - inner;
            found.extend(scan_shell(text, range));
            continue;
        }
        // A block: the lines that are deeper than the key.
        let key_indent = at + indent;
        let depth = key_indent - at;
        let block = start;
        while let Some(next) = lines.peek() {
            let blank = next.trim().is_empty();
            if !blank && next.len() - next.trim_start().len() < depth.max(1) {
                break;
            }
            let same = !blank && next.len() - next.trim_start().len() == depth;
            if same {
                break;
            }
            start += next.len();
            lines.next();
        }
        let script = &text[block..start];
        if script.contains("Write-Host") || script.contains("$env:") {
            found.extend(scan_powershell(text, block..start));
        } else {
            found.extend(scan_shell(text, block..start));
        }
    }
    found
}

/// The script that a line of YAML begins: the value of such a key, or the item of a
/// list that prints.
fn script_of(item: &str) -> Option<&str> {
    if item.starts_with("echo ") || item.starts_with("printf ") {
        return Some(item);
    }
    let (key, value) = item.split_once(':')?;
    (KEYS.contains(&key.trim_end()) && value.starts_with([' ', '\t'])).then(|| value.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_found_in_their_blocks() {
        let text = "\
on: push
jobs:
  a:
    steps:
      - run: echo \"$DB_PASSWORD\"
      - name: b
        run: |
          echo start

          echo \"${{ secrets.DEPLOY_KEY }}\"
        env:
          A: echo $NOT_SECRET_TOKEN
      - run: >-
          printf '%s' \"$API_KEY\"
      - shell: pwsh
        run: |
          Write-Host \"$env:API_TOKEN\"
  b:
    script:
      - echo $JWT_SECRET
      - 'echo $CI_TOKEN'
# run: echo $DB_PASSWORD
";
        let names: Vec<String> = scan(text).into_iter().map(|printed| printed.name).collect();
        assert_eq!(names, ["DB_PASSWORD", "DEPLOY_KEY", "API_KEY", "API_TOKEN", "JWT_SECRET"]);
    }
}
