//! What every page about many runs has: a header with the main figures, a verdict, tiles, sections.

use serde_json::{Value, json};

use crate::charts::Figure;
use crate::markup::{escape, island, section};
use crate::page::{SCRIPT, head, library};
use crate::table::{Table, Tone};

/// A page in the making.
#[derive(Debug)]
pub(crate) struct Study {
    /// What was studied.
    pub(crate) title: String,
    /// On what.
    pub(crate) about: String,
    /// The few figures that stay in sight.
    pub(crate) brief: Vec<(&'static str, String, Tone)>,
    /// What it amounts to, in one sentence, and whether that is good news.
    pub(crate) verdict: Option<(bool, String)>,
    /// The main figures, each with what it is seen beside.
    pub(crate) tiles: Vec<(&'static str, String, Tone, String)>,
    /// The parts, in the order in which they are read.
    pub(crate) parts: Vec<Part>,
    /// What is said below all.
    pub(crate) footer: String,
}

/// A part of a page.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) figures: Vec<Figure>,
    /// Cards below the figures, as HTML.
    pub(crate) cards: String,
    /// Long tables below the cards, each under its heading.
    pub(crate) lists: Vec<(&'static str, Table)>,
}

impl Study {
    /// The page as text: one HTML document that needs no other and no network.
    pub(crate) fn html(&self) -> String {
        let figures = self.parts.iter().flat_map(|part| &part.figures).filter(|figure| !figure.is_empty());
        let lists = self.parts.iter().flat_map(|part| &part.lists);
        let data = json!({
            "figures": figures.map(Figure::for_script).collect::<Vec<Value>>(),
            "tables": lists.map(|(_, list)| list.rows_for_script()).collect::<Vec<Value>>(),
        });
        [
            head(&self.title),
            self.header(),
            "<main>".to_owned(),
            self.verdict(),
            self.tiles(),
            self.parts.iter().map(Part::html).collect(),
            "</main>".to_owned(),
            format!("<footer><p>{}</p></footer>\n", escape(&self.footer)),
            library(),
            format!("<script type=\"application/json\" id=\"data\">{}</script>\n", island(&data)),
            format!("<script>\n{SCRIPT}</script>\n</body>\n</html>\n"),
        ]
        .concat()
    }

    fn header(&self) -> String {
        let fact = |(name, text, tone): &(&str, String, Tone)| {
            format!(
                "<div><dt>{}</dt><dd class=\"{}\">{}</dd></div>",
                escape(name),
                tone.class(),
                escape(text)
            )
        };
        let facts: String = self.brief.iter().map(fact).collect();
        let link = |part: &Part| format!("<a href=\"#{}\">{}</a>", part.id, escape(part.title));
        let menu: String = self.parts.iter().map(link).collect();
        format!(
            "<header><div class=\"bar\"><div class=\"name\"><h1>{}</h1><p>{}</p></div>\
             <dl class=\"brief\">{facts}</dl></div><nav aria-label=\"Parts of the page\">{menu}</nav></header>\n",
            escape(&self.title),
            escape(&self.about)
        )
    }

    fn verdict(&self) -> String {
        let Some((good, words)) = &self.verdict else { return String::new() };
        let class = if *good { "badge good" } else { "badge bad" };
        format!("<p class=\"badges\"><span class=\"{class}\">{}</span></p>", escape(words))
    }

    fn tiles(&self) -> String {
        let tile = |(name, value, tone, note): &(&str, String, Tone, String)| {
            format!(
                "<div class=\"tile\"><dt>{}</dt><dd class=\"{}\">{}</dd><dd class=\"note\">{}</dd></div>",
                escape(name),
                tone.class(),
                escape(value),
                escape(note)
            )
        };
        format!("<dl class=\"tiles\">{}</dl>", self.tiles.iter().map(tile).collect::<String>())
    }
}

impl Part {
    fn html(&self) -> String {
        let figures: String = self.figures.iter().map(Figure::html).collect();
        let list = |(title, table): &(&str, Table)| crate::markup::card("wide", title, &table.frame());
        let lists: String = self.lists.iter().map(list).collect();
        section(self.id, self.title, self.lead, &(figures + &self.cards + &lists))
    }
}
