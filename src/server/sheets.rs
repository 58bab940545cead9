//! Tables that were brought in, as the port of the actors: bytes from the shelf, read by `formats` on a thread that may
//! wait.

use domain::{
    imports::sheets::{Form, Line, Outline, Sheets, Taker},
    ports::{Blobs, Later},
    refusal::Refusal,
    visits::proof::BlobName,
};
use formats::sheet::{self, SheetError, SheetForm};
use store::Shelf;

/// The tables on a shelf.
#[derive(Clone)]
pub struct Tables(pub Shelf);

impl Tables {
    fn with<T: Send + 'static>(
        &self,
        file: &BlobName,
        work: impl FnOnce(&[u8]) -> Result<T, SheetError> + Send + 'static,
    ) -> Later<Result<T, Refusal>> {
        let bytes = self.0.read(file);
        Box::pin(async move {
            let bytes = bytes.await.map_err(|error| Refusal::invalid("import-file", error.to_string()))?;
            let done = tokio::task::spawn_blocking(move || work(&bytes)).await;
            let done = done.map_err(|error| Refusal::unavailable(error.to_string()))?;
            done.map_err(|error| Refusal::invalid("import-file", error.to_string()))
        })
    }
}

fn said(form: Form) -> SheetForm {
    SheetForm { charset: form.charset, delimiter: form.delimiter, sheet: form.sheet, header: form.header }
}

impl Sheets for Tables {
    fn outline(&self, file: &BlobName, form: Form) -> Later<Result<Outline, Refusal>> {
        self.with(file, move |bytes| {
            let found = sheet::outline(bytes, &said(form))?;
            let SheetForm { charset, delimiter, sheet, header } = found.form;
            let form = Form { charset, delimiter, sheet, header };
            Ok(Outline { form, sheets: found.sheets, headings: found.headings })
        })
    }
    fn read(&self, file: &BlobName, form: Form, mut taker: Taker) -> Later<Result<(), Refusal>> {
        self.with(file, move |bytes| {
            sheet::lines(bytes, &said(form), &mut |no, cells| taker(Line { no, cells }))
        })
    }
}
