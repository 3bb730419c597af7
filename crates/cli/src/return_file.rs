//! Returns from elsewhere: CSV with a header, one column a trial, one line a period.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow};

use crate::failure::Failure;

/// Names of the columns, and their returns. Everything must be a finite number above or at -1.
pub(crate) fn read(file: &Path) -> Result<(Vec<String>, Vec<Vec<f64>>), Failure> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let shown = file.display();
    let mut lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let (header, _) =
        lines.next().ok_or_else(|| anyhow!("{shown} is empty: expected a header and returns"))?;
    let names: Vec<String> = header.split(',').map(|name| name.trim().to_owned()).collect();
    if names.iter().all(|name| name.parse::<f64>().is_ok()) {
        return Err(
            anyhow!("{shown}, line 1: expected a header with the names of the columns, got numbers").into()
        );
    }
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
    for (line, number) in lines {
        let fields: Vec<&str> = line.split(',').collect();
        if fields.len() != names.len() {
            return Err(
                anyhow!("{shown}, line {number}: {} fields, expected {}", fields.len(), names.len()).into()
            );
        }
        for ((field, column), name) in fields.iter().zip(&mut columns).zip(&names) {
            let value: f64 = field.trim().parse().unwrap_or(f64::NAN);
            if !value.is_finite() || value < -1.0 {
                return Err(anyhow!(
                    "{shown}, line {number}: {name} is {field:?}, expected a simple return such as 0.0125, not below -1"
                )
                .into());
            }
            column.push(value);
        }
    }
    Ok((names, columns))
}
