//! Compresses the bodies of HTTP requests.

use std::io;

use super::destination::Compression;

/// The compressed body, or the body as it is where nothing was asked for.
#[cfg_attr(
    not(any(feature = "gzip", feature = "zstd")),
    expect(clippy::unnecessary_wraps, reason = "compressing may fail, and without it there is nothing to do")
)]
pub(crate) fn compress(compression: Compression, body: Vec<u8>) -> io::Result<Vec<u8>> {
    match compression {
        #[cfg(feature = "gzip")]
        Compression::Gzip => {
            let out = Vec::with_capacity(body.len() / 4);
            // The fastest level: what repeats in spans is found by it too, and the time is the program's.
            let mut encoder = flate2::write::GzEncoder::new(out, flate2::Compression::fast());
            io::Write::write_all(&mut encoder, &body)?;
            encoder.finish()
        }
        #[cfg(feature = "zstd")]
        Compression::Zstd => zstd::bulk::compress(&body, zstd::DEFAULT_COMPRESSION_LEVEL),
        // What the features do not have was refused when the destination was built.
        _ => Ok(body),
    }
}

/// The `content-encoding` of what [`compress`] gives.
pub(crate) fn content_encoding(compression: Compression) -> Option<&'static str> {
    match compression {
        Compression::Gzip if cfg!(feature = "gzip") => Some("gzip"),
        Compression::Zstd if cfg!(feature = "zstd") => Some("zstd"),
        _ => None,
    }
}
