//! Compresses the bodies of requests, and reads what peers compress.

use std::io;

use super::body::Body;
use super::destination::Compression;

/// The compressed body, or the body as it is where nothing was asked for.
#[cfg_attr(
    not(any(feature = "gzip", feature = "zstd")),
    expect(clippy::unnecessary_wraps, reason = "compressing may fail, and without it there is nothing to do")
)]
pub(crate) fn compress(compression: Compression, body: Body) -> io::Result<Body> {
    match compression {
        #[cfg(feature = "gzip")]
        Compression::Gzip => {
            let out = Vec::with_capacity(body.len() / 4);
            // The fastest level: what repeats in spans is found by it too, and the time is the program's.
            let mut encoder = flate2::write::GzEncoder::new(out, flate2::Compression::fast());
            body.write_to(&mut encoder)?;
            encoder.finish().map(Body::from)
        }
        #[cfg(feature = "zstd")]
        Compression::Zstd => {
            let mut encoder = zstd::Encoder::new(Vec::new(), zstd::DEFAULT_COMPRESSION_LEVEL)?;
            encoder.set_pledged_src_size(Some(body.len() as u64))?;
            body.write_to(&mut encoder)?;
            encoder.finish().map(Body::from)
        }
        // What the features do not have was refused when the destination was built.
        _ => Ok(body),
    }
}

/// What transports call that which [`compress`] gives.
pub(crate) fn encoding(compression: Compression) -> Option<&'static str> {
    match compression {
        Compression::Gzip if cfg!(feature = "gzip") => Some("gzip"),
        Compression::Zstd if cfg!(feature = "zstd") => Some("zstd"),
        _ => None,
    }
}

/// As much of it as can be read and has room.
#[cfg(feature = "grpc")]
pub(crate) fn decompress(encoding: &[u8], bytes: &[u8], most: usize) -> Vec<u8> {
    use io::Read;

    let reader: Box<dyn Read + '_> = match encoding {
        #[cfg(feature = "gzip")]
        b"gzip" => Box::new(flate2::read::GzDecoder::new(bytes)),
        #[cfg(feature = "zstd")]
        b"zstd" => match zstd::Decoder::new(bytes) {
            Ok(reader) => Box::new(reader),
            Err(_) => Box::new(bytes.take(0)),
        },
        _ => Box::new(bytes.take(0)),
    };
    let mut out = Vec::new();
    let _ = reader.take(most as u64).read_to_end(&mut out);
    out
}

#[cfg(all(test, feature = "grpc", any(feature = "gzip", feature = "zstd")))]
mod tests {
    use super::*;

    #[test]
    fn what_is_compressed_is_read_as_far_as_there_is_room() {
        for compression in [Compression::Gzip, Compression::Zstd] {
            let Some(encoding) = encoding(compression) else { continue };
            let mut bytes = Vec::new();
            compress(compression, vec![7; 10_000].into()).unwrap().write_to(&mut bytes).unwrap();
            assert_eq!(decompress(encoding.as_bytes(), &bytes, usize::MAX), [7; 10_000]);
            assert_eq!(decompress(encoding.as_bytes(), &bytes, 100), [7; 100]);
            assert!(decompress(encoding.as_bytes(), b"none of it", 100).is_empty());
        }
    }
}
