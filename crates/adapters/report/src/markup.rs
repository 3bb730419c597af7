//! Text into HTML and data into a script, so that neither can break out.

use serde_json::Value;

/// Text for an element or a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// JSON that can stand inside a script element: `<` never appears, so no `</script>` and no `<!--`.
pub(crate) fn island(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c")
}

/// A card with a heading of the third order.
pub(crate) fn card(class: &str, title: &str, body: &str) -> String {
    format!("<article class=\"card {class}\"><h3>{}</h3>{body}</article>", escape(title))
}

/// A part of the page that the menu leads to.
pub(crate) fn section(id: &str, title: &str, lead: &str, body: &str) -> String {
    format!(
        "<section id=\"{id}\" aria-labelledby=\"{id}-title\"><h2 id=\"{id}-title\">{}</h2><p class=\"lead\">{}</p>\
         <div class=\"grid\">{body}</div></section>",
        escape(title),
        escape(lead)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_cannot_be_left_by_its_data() {
        let data = Value::from("</script><script>alert(1)</script><!--");
        let text = island(&data);
        assert!(!text.contains('<'));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), data);
    }
}
