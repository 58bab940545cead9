//! What a column of a table may mean, and what its heading says about it in Russian and in English.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a table is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Clients, with their main contact and perhaps an address.
    Clients,
    /// Service points of known clients.
    Points,
    /// Equipment at known points.
    Units,
    /// Agreements with known clients.
    Agreements,
}

/// What a cell means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is a word of the trade; the consoles' dictionary has the long ones")]
pub enum Field {
    Name,
    Sort,
    Inn,
    Phone,
    Contact,
    Address,
    Lat,
    Lon,
    Zone,
    Access,
    Note,
    Vip,
    Client,
    Device,
    Brand,
    Model,
    Serial,
    Skill,
    Level,
    Warranty,
    Agreement,
    From,
    Until,
    Reaction,
    Restore,
    Limit,
}

/// Which column holds which field, by place from 0.
pub type Mapping = BTreeMap<Field, usize>;

impl What {
    /// The fields of a table, in the order of a form.
    pub const fn fields(self) -> &'static [Field] {
        use Field::{
            Access, Address, Agreement, Brand, Client, Contact, Device, From, Inn, Lat, Level, Limit, Lon,
            Model, Name, Note, Phone, Reaction, Restore, Serial, Skill, Sort, Until, Vip, Warranty, Zone,
        };
        match self {
            Self::Clients => &[Name, Phone, Inn, Sort, Contact, Address, Lat, Lon, Zone, Access, Vip, Note],
            Self::Points => &[Client, Inn, Phone, Address, Lat, Lon, Zone, Access],
            Self::Units => &[
                Client, Inn, Phone, Address, Device, Brand, Model, Serial, Skill, Level, Warranty, Agreement,
            ],
            Self::Agreements => &[Agreement, Client, Inn, Phone, From, Until, Reaction, Restore, Limit],
        }
    }
    /// The fields without which no line can be read: of each group at least one must have a column.
    pub const fn needed(self) -> &'static [&'static [Field]] {
        use Field::{Address, Agreement, Client, Device, From, Inn, Name, Phone, Until};
        match self {
            Self::Clients => &[&[Name], &[Phone, Inn]],
            Self::Points => &[&[Client, Inn, Phone], &[Address]],
            Self::Units => &[&[Client, Inn, Phone], &[Device]],
            Self::Agreements => &[&[Agreement], &[Client, Inn, Phone], &[From], &[Until]],
        }
    }
    /// Groups of [`What::needed`] that a mapping leaves without a column.
    pub fn missing(self, mapping: &Mapping) -> Vec<&'static [Field]> {
        let open = |group: &&&[Field]| !group.iter().any(|field| mapping.contains_key(field));
        self.needed().iter().filter(open).copied().collect()
    }
}

/// Lower case, `ё` as `е`, anything but letters and digits as one space.
pub fn folded(text: &str) -> String {
    let lower = text.to_lowercase().replace('ё', "е");
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

impl Field {
    /// Headings of exports of 1C, Orderry and of people's own tables, folded, the usual one first; `|` between them.
    const fn headings(self) -> &'static str {
        match self {
            Self::Name => {
                "наименование|клиент|контрагент|фио|имя|название|полное наименование|name|client|\
                 client name|customer|full name|company"
            }
            Self::Sort => {
                "вид контрагента|юр физ лицо|юридическое физическое лицо|тип клиента|вид|тип|type|\
                 client type|kind"
            }
            Self::Inn => "инн|инн клиента|инн контрагента|inn|tax id|taxpayer number|vat id",
            Self::Phone => {
                "телефон|телефон клиента|тел|мобильный телефон|мобильный|номер телефона|\
                 контактный телефон|phone|phone number|mobile|tel|client phone"
            }
            Self::Contact => "контактное лицо|контакт|contact|contact person",
            Self::Address => {
                "адрес|фактический адрес|адрес обслуживания|адрес точки|юридический адрес|\
                 точка обслуживания|address|site address|location"
            }
            Self::Lat => "широта|latitude|lat",
            Self::Lon => "долгота|longitude|lon|lng",
            Self::Zone => "зона|район|zone|district|area",
            Self::Access => "доступ|проход|домофон|как пройти|access|entrance",
            Self::Note => "комментарий|примечание|заметка|описание|note|notes|comment",
            Self::Vip => "vip|вип|важный клиент",
            Self::Client => {
                "клиент|контрагент|владелец|заказчик|наименование клиента|фио клиента|client|client name|\
                 customer|owner"
            }
            Self::Device => {
                "вид техники|тип техники|тип устройства|вид оборудования|группа|устройство|изделие|\
                 оборудование|наименование|device type|device|equipment|kind|type|asset group"
            }
            Self::Brand => "бренд|марка|производитель|торговая марка|brand|manufacturer|make",
            Self::Model => "модель|model",
            Self::Serial => {
                "серийный номер|заводской номер|серийный|sn|s n|imei|serial number|serial|imei sn"
            }
            Self::Skill => "навык|квалификация|skill",
            Self::Level => "уровень|разряд|level",
            Self::Warranty => {
                "гарантия до|дата окончания гарантии|окончание гарантии|гарантия|warranty until|\
                 warranty till|warranty end|warranty"
            }
            Self::Agreement => {
                "номер договора|договор|соглашение|номер|agreement|contract|contract number|number"
            }
            Self::From => {
                "дата начала|действует с|начало|дата договора|дата|start|start date|from|valid from"
            }
            Self::Until => {
                "дата окончания|действует до|действует по|срок действия|окончание|end|end date|until|\
                 valid until"
            }
            Self::Reaction => {
                "время реакции ч|время реакции|реакция|реакция ч|reaction|reaction hours|response hours"
            }
            Self::Restore => {
                "время восстановления ч|время восстановления|восстановление|срок ремонта|restore|\
                 restore hours|resolution hours"
            }
            Self::Limit => "лимит|сумма договора|сумма|limit|amount",
        }
    }
    /// How well a folded heading names the field: 0 not at all … 1000 to the letter.
    fn likeness(self, heading: &str) -> usize {
        let fit = |(place, known): (usize, &str)| {
            if heading == known {
                1000 - place
            } else if heading.starts_with(&format!("{known} ")) {
                600 - place
            } else if known.chars().count() > 3 && heading.contains(known) {
                300 - place
            } else {
                0
            }
        };
        self.headings().split('|').enumerate().map(fit).max().unwrap_or(0)
    }
}

/// Guesses what the columns mean: the best fit first, each field and each column once.
pub fn guess(what: What, headings: &[String]) -> Mapping {
    let mut fits: Vec<(usize, usize, usize)> = Vec::new();
    for (column, heading) in headings.iter().map(|heading| folded(heading)).enumerate() {
        let known = what.fields().iter().enumerate();
        fits.extend(
            known.map(|(place, field)| (field.likeness(&heading), place, column)).filter(|fit| fit.0 > 0),
        );
    }
    fits.sort_by_key(|&(likeness, place, column)| (std::cmp::Reverse(likeness), place, column));
    let mut mapping = Mapping::new();
    for (_, place, column) in fits {
        let field = what.fields()[place];
        if !mapping.contains_key(&field) && !mapping.values().any(|taken| *taken == column) {
            mapping.insert(field, column);
        }
    }
    mapping
}
