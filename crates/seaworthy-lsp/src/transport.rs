//! Standard input and output as a connection.
//!
//! Unlike the threads that come with `lsp-server`, these go on after a message that is
//! no JSON, never quote a message in an error, and let the main loop send without
//! waiting for a client that does not read.

use std::io::{BufRead, BufReader, Read, Write};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use lsp_server::{Connection, Message};
use serde_json::json;

/// No message is longer; who says so is no client.
const LONGEST: usize = 1 << 30;
/// No header line is longer.
const LONGEST_HEADER: u64 = 8 * 1024;
/// How long the last messages may take to be read.
const FAREWELL: Duration = Duration::from_secs(2);
/// How many messages wait to be handled before the client has to.
const BACKLOG: usize = 64;

/// JSON-RPC's code for what is no JSON, and for JSON that is no message.
const PARSE_ERROR: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;

/// The thread that writes.
pub(crate) struct Writer {
    done: Receiver<()>,
}

impl Writer {
    /// Waits until all is written, but not for a client that reads no more.
    pub(crate) fn finish(self) {
        // Disconnected or late: either way there is nobody left to wait for.
        let _ = self.done.recv_timeout(FAREWELL);
    }
}

/// What goes out: a message, or a complaint about one that could not be read.
enum Outgoing {
    Message(Message),
    Refusal(i32),
}

/// A connection over standard input and output.
pub(crate) fn stdio() -> (Connection, Writer) {
    let (sender, to_write) = unbounded::<Message>();
    let (refuse, refusals) = unbounded::<i32>();
    let (read, receiver) = bounded::<Message>(BACKLOG);
    let (finished, done) = bounded::<()>(1);
    std::thread::spawn(move || {
        read_all(&mut BufReader::new(std::io::stdin()), &read, &refuse);
    });
    std::thread::spawn(move || {
        let mut stdout = std::io::stdout().lock();
        while let Some(outgoing) = next(&to_write, &refusals) {
            if write(&mut stdout, &outgoing).is_err() {
                break;
            }
        }
        drop(finished);
    });
    (Connection { sender, receiver }, Writer { done })
}

fn next(messages: &Receiver<Message>, refusals: &Receiver<i32>) -> Option<Outgoing> {
    crossbeam_channel::select! {
        recv(messages) -> message => message.ok().map(Outgoing::Message),
        recv(refusals) -> code => match code {
            Ok(code) => Some(Outgoing::Refusal(code)),
            // The reader is gone; what is left to say is said.
            Err(_) => messages.recv().ok().map(Outgoing::Message),
        },
    }
}

fn write(out: &mut impl Write, outgoing: &Outgoing) -> std::io::Result<()> {
    match outgoing {
        Outgoing::Message(message) => message.clone().write(out),
        Outgoing::Refusal(code) => {
            let error = json!({ "code": code, "message": "the message could not be read" });
            let text = json!({ "jsonrpc": "2.0", "id": null, "error": error }).to_string();
            write!(out, "Content-Length: {}\r\n\r\n{text}", text.len())?;
            out.flush()
        }
    }
}

/// Reads messages until there are no more, nobody wants them, or what comes cannot be
/// told apart.
fn read_all(input: &mut impl BufRead, read: &Sender<Message>, refuse: &Sender<i32>) {
    while let Ok(Some(body)) = read_body(input) {
        let sent = match serde_json::from_slice::<serde_json::Value>(&body) {
            Err(_) => refuse.send(PARSE_ERROR).is_ok(),
            Ok(value) => match serde_json::from_value::<Message>(value) {
                Err(_) => refuse.send(INVALID_REQUEST).is_ok(),
                Ok(message) => {
                    let last = matches!(&message, Message::Notification(n) if n.method == "exit");
                    read.send(message).is_ok() && !last
                }
            },
        };
        if !sent {
            return;
        }
    }
}

/// The bytes of the next message; none at the end.
fn read_body(input: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let broken = || std::io::Error::from(std::io::ErrorKind::InvalidData);
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if input.take(LONGEST_HEADER).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if !line.ends_with(b"\n") {
            return Err(broken());
        }
        let line = line.trim_ascii();
        if line.is_empty() {
            break;
        }
        let text = std::str::from_utf8(line).map_err(|_| broken())?;
        if let Some((name, value)) = text.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse::<usize>().map_err(|_| broken())?);
        }
    }
    let length = length.filter(|&length| length <= LONGEST).ok_or_else(broken)?;
    let mut body = Vec::new();
    // Memory grows with what comes, not with what is announced.
    input.take(length as u64).read_to_end(&mut body)?;
    if body.len() < length {
        return Ok(None);
    }
    Ok(Some(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of an input: the methods of messages, and the refusals.
    fn read(input: &str) -> (Vec<String>, Vec<i32>) {
        let (to, messages) = unbounded();
        let (refuse, refusals) = unbounded();
        read_all(&mut input.as_bytes(), &to, &refuse);
        drop((to, refuse));
        let method = |message| match message {
            Message::Notification(notification) => notification.method,
            Message::Request(request) => request.method,
            Message::Response(_) => "a response".to_owned(),
        };
        (messages.iter().map(method).collect(), refusals.iter().collect())
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn what_is_no_message_is_refused_and_the_next_one_is_read() {
        let good = framed(r#"{"jsonrpc":"2.0","method":"a"}"#);
        for (bad, code) in [("{", PARSE_ERROR), ("\u{0}", PARSE_ERROR), ("[1]", INVALID_REQUEST)] {
            let (methods, refusals) = read(&format!("{}{good}", framed(bad)));
            assert_eq!((methods, refusals), (vec!["a".to_owned()], vec![code]), "{bad}");
        }
    }

    #[test]
    fn headers_are_read_in_any_case_and_order() {
        let body = r#"{"method":"a"}"#;
        let input =
            format!("content-type: x\r\nCONTENT-LENGTH:{}\r\nX: y\r\n\r\n{body}", body.len());
        assert_eq!(read(&input).0, ["a"]);
    }

    #[test]
    fn reading_ends_where_messages_can_no_longer_be_told_apart() {
        let good = framed(r#"{"method":"a"}"#);
        for bad in ["Content-Length: x\r\n\r\n", "\r\n", "Content-Length: 99999999999999\r\n\r\n{}"]
        {
            assert_eq!(read(&format!("{good}{bad}{good}")).0, ["a"], "{bad}");
        }
        assert_eq!(read("Content-Length: 1000000000\r\n\r\n{}").0, Vec::<String>::new());
        assert_eq!(read(&"x".repeat(100_000)).0, Vec::<String>::new());
    }

    #[test]
    fn nothing_is_read_behind_the_exit() {
        let input = format!("{}{}", framed(r#"{"method":"exit"}"#), framed(r#"{"method":"a"}"#));
        assert_eq!(read(&input).0, ["exit"]);
    }
}
