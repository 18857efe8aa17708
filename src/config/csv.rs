//! CSV records, which is what the values of docker's `--mount` and `--secret` are.

use csv_core::{ReadFieldResult, Reader};

/// The fields of the first record in `text`.
pub fn fields(text: &str) -> Vec<String> {
    let mut reader = Reader::new();
    let mut input = text.as_bytes();
    let mut field = Vec::new();
    let mut buffer = [0; 256];
    let mut fields = Vec::new();
    loop {
        // Having read everything, the reader must be told so by an empty input.
        let (result, read, written) = reader.read_field(input, &mut buffer);
        input = &input[read..];
        field.extend_from_slice(&buffer[..written]);
        match result {
            ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
            ReadFieldResult::Field { record_end } => {
                fields.push(String::from_utf8_lossy(&field).into_owned());
                field.clear();
                if record_end {
                    return fields;
                }
            }
            ReadFieldResult::End => return fields,
        }
    }
}

/// The fields as one record, quoted only where needed.
pub fn record(fields: &[String]) -> String {
    fields.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",")
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) || field.starts_with(' ') {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
