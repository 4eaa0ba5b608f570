//! Undoing deflate, as raw data and in gzip's frame.

use std::io::{Error, ErrorKind, Read, Result};

use zlib_rs::{Inflate, InflateFlush, Status};

/// The largest window of deflate, and what added to it asks for gzip's frame.
const WINDOW_BITS: u8 = 15;
const GZIP: u8 = 16;

/// Whether the bytes begin as gzip does.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

/// Raw deflated data as a stream.
pub(super) struct Deflated<'b>(Stream<'b>);

impl<'b> Deflated<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self(Stream { bytes, inflate: Inflate::new(false, WINDOW_BITS), ended: false })
    }
}

impl Read for Deflated<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        self.0.read(out)
    }
}

/// Gzipped data, of one or several parts, as a stream.
pub(super) struct Gunzip<'b>(Stream<'b>);

impl<'b> Gunzip<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self(Stream { bytes, inflate: gunzip(), ended: false })
    }
}

fn gunzip() -> Inflate {
    Inflate::new(true, GZIP + WINDOW_BITS)
}

impl Read for Gunzip<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        loop {
            let read = self.0.read(out)?;
            if read > 0 || out.is_empty() || !is_gzip(self.0.bytes) {
                return Ok(read);
            }
            self.0 = Stream { bytes: self.0.bytes, inflate: gunzip(), ended: false };
        }
    }
}

struct Stream<'b> {
    /// What is still to be undone.
    bytes: &'b [u8],
    inflate: Inflate,
    ended: bool,
}

impl Stream<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let damaged = || Error::from(ErrorKind::InvalidData);
        while !self.ended && !out.is_empty() {
            let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(self.bytes, out, InflateFlush::NoFlush)
                .map_err(|_| damaged())?;
            let consumed = usize::try_from(self.inflate.total_in() - before_in).unwrap_or(0);
            let written = usize::try_from(self.inflate.total_out() - before_out).unwrap_or(0);
            self.bytes = self.bytes.get(consumed..).unwrap_or_default();
            self.ended = status == Status::StreamEnd;
            if written > 0 {
                return Ok(written);
            }
            if consumed == 0 && !self.ended {
                // It ends in the middle.
                return Err(damaged());
            }
        }
        Ok(0)
    }
}
