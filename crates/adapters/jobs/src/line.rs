//! A line of a file that is added to: checksum, content, end. What is not whole is seen.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The line for a value: CRC-32 in eight hexadecimal digits, a blank, JSON, a line feed.
pub(crate) fn written<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let content = serde_json::to_vec(value)?;
    let mut line = format!("{:08x} ", crc32fast::hash(&content)).into_bytes();
    line.extend_from_slice(&content);
    line.push(b'\n');
    Ok(line)
}

/// The value of a line without its end; the reason if it is damaged.
pub(crate) fn read<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    let (sum, content) = line.split_at_checked(9).ok_or("it is too short")?;
    let sum =
        std::str::from_utf8(sum).ok().and_then(|text| u32::from_str_radix(text.strip_suffix(' ')?, 16).ok());
    let sum = sum.ok_or("it does not begin with a checksum")?;
    let computed = crc32fast::hash(content);
    if sum != computed {
        return Err(format!("its checksum is {sum:08x}, its content has {computed:08x}"));
    }
    serde_json::from_slice(content).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_lost_or_changed_anything_is_refused() {
        let line = written(&("an idea", 7)).unwrap();
        let whole = &line[..line.len() - 1];
        assert_eq!(read::<(String, i32)>(whole), Ok(("an idea".to_owned(), 7)));
        for cut in 0..whole.len() {
            assert!(read::<(String, i32)>(&whole[..cut]).is_err(), "cut at {cut}");
        }
        for byte in 0..whole.len() {
            let mut changed = whole.to_vec();
            changed[byte] ^= 1;
            assert!(read::<(String, i32)>(&changed).is_err(), "changed at {byte}");
        }
    }
}
