//! The story that a demo tells: a shop whose fourth conditioner is covered by agreement A-12.

use super::{books::Book, people};
use crate::town;
use domain::{clients::client::ClientSort, values::id::AgreementId};

/// The number the shop rings from.
pub const SHOP_PHONE: &str = "+79160000001";
/// The shop's name.
pub const SHOP: &str = "Магазин на Ленина";
/// The unit that the agreement covers.
pub const COVERED: &str = "Кондиционер №4";

/// Sows the shop; only its fourth conditioner is covered.
pub fn sow(book: &mut Book<'_, '_>) {
    let phone = people::phone(SHOP_PHONE);
    let client = book.client(SHOP, ClientSort::Org, phone, "Кузнецова Ольга Сергеевна");
    let Some(door) = town::door_at("ул. Ленина", 48) else { return };
    let point = book.point(client, door).id;
    let agreement: AgreementId = book.id();
    for number in 1..=3 {
        let kind = format!("Кондиционер №{number}");
        book.unit_of(client, point, &kind, ("Haier", "AS12TL5"), ("hvac", None));
    }
    let covered = book.unit_of(client, point, COVERED, ("Daikin", "FTXB35C"), ("hvac", Some(agreement)));
    book.unit_of(client, point, "ККТ", ("АТОЛ", "30Ф"), ("kkt", None));
    book.unit_of(client, point, "Холодильная витрина", ("Полюс", "ВХС-1,2 Carboma"), ("fridge", None));
    book.agreement(agreement, "A-12".into(), client, (Vec::new(), vec![covered]), (2, 24));
}
