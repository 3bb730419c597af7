//! Several markets on one account, trades, quotes, order books and files larger than memory, as a newcomer asks for them.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests run the program on files")]

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn autotrading(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_autotrading"))
        .current_dir(folder.path())
        .args(arguments)
        .output()
        .unwrap()
}

fn done(folder: &TempDir, arguments: &[&str]) -> String {
    let output = autotrading(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Expects a refusal with this exit code and all of these words.
fn refused(folder: &TempDir, arguments: &[&str], code: i32, words: &[&str]) {
    let output = autotrading(folder, arguments);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in {text:?}");
    }
}

fn report(folder: &TempDir, run: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.path().join(run).join("report.json")).unwrap()).unwrap()
}

fn put(folder: &TempDir, name: &str, text: &str) {
    fs::write(folder.path().join(name), text).unwrap();
}

const RESEARCH: [&str; 9] = [
    "backtest",
    "--profile",
    "research",
    "--strategy",
    "sma-cross",
    "--param",
    "fast=2",
    "--param",
    "slow=5",
];

fn research<'a>(more: &[&'a str]) -> Vec<&'a str> {
    RESEARCH.into_iter().chain(more.iter().copied()).collect()
}

/// The built-in configuration over three coins; one of them spot.
fn three_coins(folder: &TempDir) {
    done(folder, &["config", "init", "three.toml"]);
    let path = folder.path().join("three.toml");
    let mut text = fs::read_to_string(&path).unwrap();
    for (coin, kind) in [("BTC", "linear_perpetual"), ("ETH", "linear_perpetual"), ("LTC", "spot")] {
        write!(text, "\n[[instruments]]\nsymbol = \"{coin}USDT\"\nbase = \"{coin}\"\nkind = \"{kind}\"\nleverage = \"2\"\n")
            .unwrap();
    }
    fs::write(path, text).unwrap();
}

#[test]
fn several_markets_share_one_account_and_leave_a_page_tables_and_a_journal_that_verifies() {
    let folder = TempDir::new().unwrap();
    three_coins(&folder);
    let run = ["backtest", "--config", "three.toml", "--strategy", "sma-cross", "--to", "2018-01-01"];
    let said = done(&folder, &[&run[..], &["--out", "run"]].concat());
    assert!(said.contains("agree to the last digit") && said.contains("LTCUSDT"), "{said}");
    for name in ["report.html", "report.json", "trades.csv", "fills.csv", "equity.csv", "journal"] {
        assert!(folder.path().join("run").join(name).exists(), "{name}");
    }
    let told = report(&folder, "run");
    let symbols: Vec<&str> =
        told["instruments"].as_array().unwrap().iter().map(|row| row["symbol"].as_str().unwrap()).collect();
    assert_eq!(symbols, ["BTCUSDT", "ETHUSDT", "LTCUSDT"]);
    assert_eq!(told["instruments"][2]["funding"], "0", "spot pays none");
    let fills = fs::read_to_string(folder.path().join("run/fills.csv")).unwrap();
    assert!(fills.lines().count() > 10 && fills.contains("market order at the open"), "{fills}");
    assert!(done(&folder, &["journal", "verify", "run/journal"]).contains("books   equal"));
    // One file for each market says the same as one file for all.
    let sheet = include_str!("../data/bitstamp_btc_eth_ltc_usd_1d_2014-11_2020-01.csv");
    for (place, coin) in ["BTC", "ETH", "LTC"].into_iter().enumerate() {
        let mut text = String::from("open_time,open,high,low,close,volume\n");
        for line in sheet.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let own = &fields[1 + 5 * place..6 + 5 * place];
            if own.iter().any(|field| !field.is_empty()) {
                writeln!(text, "{},{}", fields[0], own.join(",")).unwrap();
            }
        }
        put(&folder, &format!("{coin}.csv"), &text);
    }
    let files = ["--market", "LTCUSDT=LTC.csv", "--market", "BTCUSDT=BTC.csv", "--market", "ETHUSDT=ETH.csv"];
    done(&folder, &[&run[..], &files, &["--out", "apart", "--bare"]].concat());
    assert_eq!(report(&folder, "apart")["summary"], told["summary"]);
}

/// One or nothing, by the upper bits of a linear congruence.
fn heads(state: &mut u64) -> i64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 63).cast_signed()
}

/// Ten minutes of a walk: a quote and a trade every second.
fn ticks(folder: &TempDir) {
    let mut trades = String::from("time,price,quantity,taker\n");
    let mut quotes = String::from("time,bid,bid_quantity,ask,ask_quantity\n");
    let (mut price, mut state) = (1_000_i64, 1_u64);
    for second in 0..600_i64 {
        price += 2 * heads(&mut state) - 1;
        let at = 1_704_067_200_000 + 1_000 * second;
        let tenths = |ticks: i64| format!("{}.{}", ticks / 10, ticks % 10);
        writeln!(quotes, "{at},{},5,{},4", tenths(price - 1), tenths(price + 1)).unwrap();
        let taker = if second % 3 == 0 { "buy" } else { "sell" };
        writeln!(trades, "{},{},2,{taker}", at + 500, tenths(price)).unwrap();
    }
    put(folder, "trades.csv", &trades);
    put(folder, "quotes.csv", &quotes);
}

#[test]
fn orders_meet_recorded_trades_and_quotes() {
    let folder = TempDir::new().unwrap();
    ticks(&folder);
    let recorded =
        ["--trades", "trades.csv", "--quotes", "quotes.csv", "--tick", "0.1", "--bar-length", "5s"];
    let said = done(&folder, &research(&[&recorded[..], &["--out", "run"]].concat()));
    assert!(said.contains("agree to the last digit"), "{said}");
    let told = report(&folder, "run");
    assert!(told["instruments"][0]["fills"].as_u64().unwrap() > 5);
    assert_eq!(told["instruments"][0]["bars"], 119, "five seconds each, but for the last, which is cut off");
    let fills = fs::read_to_string(folder.path().join("run/fills.csv")).unwrap();
    assert!(fills.lines().skip(1).all(|line| line.ends_with("took from the book")), "{fills}");
}

/// A book of ten levels a side that moves with every second message, and trades on it, as Binance sends them.
fn frames(folder: &TempDir) {
    let mut text = String::new();
    let level = |price: i64, quantity: i64| format!("[\"{}.{}\",\"{quantity}\"]", price / 10, price % 10);
    let start = 1_704_067_200_000_i64;
    let (mut middle, mut state) = (10_000_i64, 5_u64);
    let side = |middle: i64, way: i64| {
        (1..=10).map(|step| level(middle + way * step, 3 + step)).collect::<Vec<_>>().join(",")
    };
    writeln!(
        text,
        "{}000000 {{\"lastUpdateId\":100,\"E\":{start},\"T\":{start},\"bids\":[{}],\"asks\":[{}]}}",
        start - 1_200,
        side(middle, -1),
        side(middle, 1)
    )
    .unwrap();
    let mut update = 100;
    for step in 1..1_200_i64 {
        let at = start + 250 * step;
        // The recorder's clock is 1.2 s behind the venue's.
        let heard = at - 1_200;
        if step % 2 == 0 {
            let way = 2 * heads(&mut state) - 1;
            let (gone, come) = if way > 0 { (middle + 1, middle) } else { (middle - 1, middle) };
            let (bids, asks) = if way > 0 {
                (level(come, 5), format!("{},{}", level(gone, 0), level(middle + 11, 9)))
            } else {
                (format!("{},{}", level(gone, 0), level(middle - 11, 9)), level(come, 5))
            };
            middle += way;
            writeln!(
                text,
                "{heard}000000 {{\"e\":\"depthUpdate\",\"E\":{at},\"T\":{at},\"s\":\"BTCUSDT\",\"U\":{},\"u\":{},\"pu\":{update},\"b\":[{bids}],\"a\":[{asks}]}}",
                update + 1, update + 1
            )
            .unwrap();
            update += 1;
        } else {
            let price = middle + 1;
            writeln!(
                text,
                "{heard}000000 {{\"e\":\"trade\",\"E\":{at},\"T\":{at},\"s\":\"BTCUSDT\",\"t\":{step},\"p\":\"{}.{}\",\"q\":\"1\",\"m\":false}}",
                price / 10, price % 10
            )
            .unwrap();
        }
    }
    put(folder, "frames.txt", &text);
}

#[test]
fn orders_meet_a_recorded_book_whose_recorder_had_a_slow_clock() {
    let folder = TempDir::new().unwrap();
    frames(&folder);
    let recorded = ["--frames", "BTCUSDT=frames.txt", "--bar-length", "5s"];
    let run = research(&[&recorded[..], &["--tick", "0.1", "--out", "run"]].concat());
    let output = autotrading(&folder, &run);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{complaint}");
    assert!(complaint.contains("the recorder's clock was 1201 ms behind"), "{complaint}");
    let told = report(&folder, "run");
    assert_eq!(told["venue_agrees"], true);
    assert!(told["instruments"][0]["fills"].as_u64().unwrap() > 0, "{}", told["instruments"][0]);
    assert!(done(&folder, &["journal", "verify", "run/journal"]).contains("turns   equal"));
    let ungridded = research(&[&recorded[..], &["--out", "x"]].concat());
    refused(&folder, &ungridded, 2, &["price grid of BTCUSDT", "--tick"]);
}

#[test]
fn a_file_is_streamed_with_the_digest_of_one_in_memory() {
    let folder = TempDir::new().unwrap();
    done(&folder, &["data", "synth", "--bars", "20000", "--out", "synth.csv"]);
    let fee = ["--fee", "0.0005", "--data", "synth.csv"];
    done(&folder, &research(&[&fee[..], &["--bare", "--out", "memory"]].concat()));
    let said = done(&folder, &research(&[&fee[..], &["--streaming", "--out", "stream"]].concat()));
    let (memory, stream) = (report(&folder, "memory"), report(&folder, "stream"));
    for key in ["digest", "final_equity", "fills", "closed_trades", "max_drawdown", "fees"] {
        assert_eq!(memory["summary"][key], stream["summary"][key], "{key}");
    }
    assert!(said.contains("trades.csv"));
    let trades = |run: &str| fs::read_to_string(folder.path().join(run).join("trades.csv")).unwrap();
    // Bounded memory knows no more of a round trip than the books do; what else is known comes after that.
    let books = |line: &str| line.split(',').take(11).collect::<Vec<_>>().join(",");
    let (stream, memory) = (trades("stream"), trades("memory"));
    assert_eq!(stream.lines().count(), memory.lines().count());
    for (stream, memory) in stream.lines().zip(memory.lines()) {
        assert_eq!(stream.split_once(',').map(|(_, rest)| rest.to_owned()), Some(books(memory)));
    }
}

#[test]
fn what_is_about_nothing_or_out_of_order_is_refused_with_its_place() {
    let folder = TempDir::new().unwrap();
    ticks(&folder);
    three_coins(&folder);
    let many = ["backtest", "--config", "three.toml", "--out", "x"];
    refused(
        &folder,
        &[&many[..], &["--marks", "XRPUSDT=a.csv"]].concat(),
        2,
        &["no instrument XRPUSDT", "ETHUSDT"],
    );
    refused(&folder, &[&many[..], &["--frames", "a.gz"]].concat(), 2, &["--frames SYMBOL=a.gz"]);
    refused(&folder, &[&many[..], &["--market", "BTCUSDT=BTC.csv"]].concat(), 1, &["BTC.csv"]);
    refused(&folder, &["sweep", "--config", "three.toml", "--vary", "fast=2"], 2, &["[[instruments]]"]);
    put(
        &folder,
        "unsorted.csv",
        "open_time,symbol,open,high,low,close,volume\n2020-01-01,BTC,1,1,1,1,5\n2020-01-01,ETH,1,1,1,1,5\n\
         2020-01-02,BTC,1,1,1,1,5\n2020-01-03,ETH,1,1,1,1,5\n2020-01-02,ETH,1,1,1,1,5\n",
    );
    let unsorted = ["--data", "unsorted.csv"];
    refused(&folder, &[&many[..], &unsorted].concat(), 1, &["unsorted.csv, ETH", "line 6", "out of order"]);
    let mut trades = fs::read_to_string(folder.path().join("trades.csv")).unwrap();
    trades.push_str("1704067200000,100,1,buy\n");
    put(&folder, "backward.csv", &trades);
    let backward = research(&["--trades", "backward.csv", "--tick", "0.1", "--out", "x"]);
    refused(&folder, &backward, 1, &["backward.csv", "line 602", "not before"]);
    let streaming = research(&["--data", "trades.csv", "--streaming", "--from", "2024-01-01", "--out", "x"]);
    refused(&folder, &streaming, 2, &["--streaming", "no --from"]);
    assert!(!folder.path().join("x").exists(), "nothing is left behind");
}
