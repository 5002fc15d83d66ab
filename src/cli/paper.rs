//! `mingma paper`: a sheet of daily codes for somebody without a phone.
//!
//! Invariant: each day has a code of its own, so a copied sheet is worth one code a day and days do
//! not link. In plain text stands only what the gatekeeper compares with a document: a masked name,
//! the year of birth, the last four characters of the number. No colour is printed. That somebody read
//! the vault for it stands in the ledger first (I14).

use super::act::{self, SignerArgs};
use super::context::Context;
use super::credential::{known, printed};
use super::error::{CliError, Done};
use super::parse;
use crate::credentials::{face, papers};
use crate::qr::{Qr, escape};
use clap::{Args, ValueEnum};
use credential::token::PaperFace;
use domain::time::Day;
use policy::Language;
use serde_json::json;
use std::fmt::Write as _;
use std::path::PathBuf;

/// The millimetres of a module of the code in print.
const MODULE_MM: f64 = 0.5;

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sheet {
    /// A page of A4 in HTML, ready to print.
    Html,
    /// The same as one SVG picture.
    Svg,
}

/// Options of `mingma paper`.
#[derive(Args, Debug)]
pub struct Options {
    /// A document number, `KIND:NUMBER`, or a person id
    person: String,
    /// The sheet to write; `.svg` makes a picture, everything else a page
    #[arg(short, long, value_name = "FILE", default_value = "sheet.html")]
    output: PathBuf,
    /// What to write [default: by the ending of the file]
    #[arg(long, value_enum)]
    format: Option<Sheet>,
    /// The first day [default: today]
    #[arg(long, value_name = "DAY", value_parser = parse::day)]
    day: Option<Day>,
    /// For how many days, at most 7
    #[arg(long, default_value_t = 7, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=7))]
    days: u8,
    /// The year of birth, where the document does not say it
    #[arg(long, value_name = "YEAR")]
    birth_year: Option<u16>,
    /// The office that prints it
    #[arg(long, value_name = "NAME", default_value = "")]
    office: String,
    /// The case that the printing belongs to; the person will see it
    #[arg(long)]
    case: String,
    #[command(flatten)]
    signer: SignerArgs,
    /// The telephone number for questions
    #[arg(long, value_name = "NUMBER", default_value = "12345")]
    hotline: String,
}

/// What stands on the sheet beside the codes.
struct Words<'a> {
    face: &'a PaperFace,
    options: &'a Options,
    language: Language,
}

/// Runs `mingma paper`.
pub fn run(cx: &Context, options: &Options) -> Done {
    let signer = options.signer.signer()?;
    let mut office = cx.office()?;
    let person = parse::person(&options.person, office.person_key())?;
    let about = ("print daily codes", options.case.as_str());
    let receipt = act::look(cx, &mut office, &signer, person, about)?;
    if receipt.refusal.is_some() {
        office.close()?;
        return act::answer(cx, &receipt, "printing", Vec::new());
    }
    let face = face(&known(&office, person)?, options.birth_year).ok_or_else(|| {
        CliError::input(
            "this document does not say the year of birth",
            "say it with `--birth-year YEAR`",
        )
    })?;
    let now = cx.now();
    let today = now.local_day(office.ledger().state().utc_offset_s);
    let first = options.day.unwrap_or(today);
    let wants = papers(person, first, options.days, &face);
    let issued = office.issue(now, &wants)?;
    office.close()?;
    let mut codes = Vec::with_capacity(issued.len());
    for (want, issued) in wants.iter().zip(&issued) {
        codes.push((want.day, printed(issued)?));
    }
    let words = Words {
        face: &face,
        options,
        language: cx.language(),
    };
    let by_ending = match options.output.extension() {
        Some(ending) if ending == "svg" => Sheet::Svg,
        _ => Sheet::Html,
    };
    let picture = words.svg(&codes);
    let text = match options.format.unwrap_or(by_ending) {
        Sheet::Svg => picture,
        Sheet::Html => page(&picture, cx.language()),
    };
    std::fs::write(&options.output, text)
        .map_err(|error| CliError::unwritable(&options.output, &error))?;
    let texts: Vec<String> = issued
        .iter()
        .map(|issued| credential::presentation::to_text(&issued.credential))
        .collect();
    let value = json!({
        "file": options.output.display().to_string(),
        "days": codes.iter().map(|(day, _)| day.to_string()).collect::<Vec<_>>(),
        "texts": texts,
        "masked_name": face.masked_name,
    });
    cx.show(value, || {
        format!(
            "written: {} with {} daily codes for {}",
            options.output.display(),
            codes.len(),
            face.masked_name
        )
    })
}

impl Words<'_> {
    fn pick<'b>(&self, zh: &'b str, en: &'b str) -> &'b str {
        match self.language {
            Language::ZhCn => zh,
            Language::En => en,
        }
    }

    /// One page of A4, in millimetres.
    fn svg(&self, codes: &[(Day, Qr)]) -> String {
        let mut out = String::from(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 210 297\" width=\"210mm\" \
             height=\"297mm\" role=\"img\" font-family=\"'Noto Sans CJK SC','Noto Sans SC',\
             'PingFang SC','Microsoft YaHei',sans-serif\" fill=\"#000\">\
             <path fill=\"#fff\" d=\"M0 0h210v297H0z\"/>",
        );
        self.heading(&mut out);
        for (place, (day, code)) in (0_u32..).zip(codes) {
            // Two columns of four: the eighth place has the words.
            let x = 15.0 + f64::from(place % 2) * 95.0;
            let y = 58.0 + f64::from(place / 2) * 54.0;
            self.code(&mut out, x, y, *day, code);
        }
        self.footing(&mut out);
        out.push_str("</svg>\n");
        out
    }

    fn heading(&self, out: &mut String) {
        let face = self.face;
        let title = self.pick("健康码（纸质）", "Health code on paper");
        text(out, 15.0, 20.0, 7.5, true, title);
        let born = self.pick("出生年份", "born");
        let ends = self.pick("证件号码后四位", "document ends in");
        let line = format!(
            "{} · {born} {} · {ends} {}",
            face.masked_name, face.birth_year, face.last_four
        );
        text(out, 15.0, 31.0, 6.0, true, &line);
        let rule = self.pick(
            "每日一码，当日有效（次日中午 12 时前仍可使用）。本纸不显示颜色，由查验设备显示当前状态；请核对身份证件。",
            "One code a day, good until noon of the next. The paper has no colour: the checker's device shows today's.",
        );
        text(out, 15.0, 40.0, 3.6, false, rule);
        let second = self.pick(
            "请勿转借。遗失请立即致电挂失，挂失后旧码作废。",
            "Compare it with an identity document. If it is lost, call: the old codes are then withdrawn.",
        );
        text(out, 15.0, 46.0, 3.6, false, second);
    }

    fn code(&self, out: &mut String, x: f64, y: f64, day: Day, code: &Qr) {
        let side = code.side() as f64 * MODULE_MM;
        let _ = write!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"85\" height=\"50\" fill=\"none\" stroke=\"#000\" \
             stroke-width=\".3\"/><path shape-rendering=\"crispEdges\" transform=\"translate({:.2} \
             {:.2}) scale({MODULE_MM})\" d=\"{}\"/>",
            x + 2.0,
            y + (50.0 - side) / 2.0,
            code.svg_path()
        );
        let left = x + side + 5.0;
        let day = day.to_string();
        let (year, rest) = day.split_once('-').unwrap_or(("", &day));
        text(out, left, y + 14.0, 4.5, false, year);
        text(out, left, y + 23.0, 9.0, true, rest);
        let how = self.pick("扫码查验", "scan to check");
        text(out, left, y + 32.0, 4.0, false, how);
        text(out, left, y + 38.0, 4.0, false, &self.face.masked_name);
    }

    fn footing(&self, out: &mut String) {
        let help = self.pick("咨询、挂失、申诉电话", "Questions, loss, objections");
        let line = format!("{help}: {}", self.options.hotline);
        text(out, 15.0, 281.0, 4.5, true, &line);
        if !self.options.office.is_empty() {
            let by = self.pick("出具单位", "Printed by");
            let line = format!("{by}: {}", self.options.office);
            text(out, 15.0, 288.0, 4.0, false, &line);
        }
        let care = self.pick(
            "红码、黄码不得作为拒绝就医的理由。",
            "Red or yellow is never a reason to refuse medical care.",
        );
        text(out, 110.0, 281.0, 3.4, false, care);
    }
}

fn text(out: &mut String, x: f64, y: f64, size: f64, bold: bool, words: &str) {
    let weight = if bold { " font-weight=\"700\"" } else { "" };
    let _ = write!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\"{weight}>{}</text>",
        escape(words)
    );
}

fn page(picture: &str, language: Language) -> String {
    let (tag, title) = match language {
        Language::ZhCn => ("zh-CN", "健康码（纸质）"),
        Language::En => ("en", "Health code on paper"),
    };
    format!(
        "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>{title}</title>\n<style>@page{{size:A4;margin:0}}body{{margin:0}}\
         svg{{display:block;max-width:100%;height:auto;margin:auto}}</style>\n</head>\n<body>\n\
         {picture}</body>\n</html>\n"
    )
}
