//! Whoever runs the ledger, dishonestly: with its own keys, they change what is published.

use crate::ground::{Ground, LIST, ORIGIN};
use credential::key::SigningKey;
use credential::list::{
    ListClaims, SignedList, StatusArray, Wanted, sign_list, sign_list_jwt, zlib,
};
use domain::leaf::Leaf;
use std::fs;
use tlog::tile::{decode_bundle, encode_bundle, encode_hashes};
use tlog::{Bundle, Checkpoint, CosignerKey, Note, Receipt, SignerKey, Tile, checkpoint, tree};

fn secret(ground: &Ground, name: &str) -> String {
    fs::read_to_string(ground.data().join("keys").join(name)).unwrap()
}

pub fn list_key(ground: &Ground) -> SigningKey {
    let secret = domain::ids::from_hex(secret(ground, "list.key").trim()).unwrap();
    SigningKey::from_bytes(&secret).unwrap()
}

pub fn log_key(ground: &Ground) -> SignerKey {
    let text = secret(ground, "log.key");
    let (origin, seed) = text.trim().split_once('\n').unwrap();
    SignerKey::from_seed(origin, domain::ids::from_hex(seed).unwrap()).unwrap()
}

/// The newest list as it is.
pub fn read_list(ground: &Ground) -> (ListClaims, StatusArray) {
    let token = fs::read(ground.path(&ground.newest())).unwrap();
    let content = SignedList::read(&token).unwrap();
    let content = content.verify(&list_key(ground).public()).unwrap();
    let uri = format!("https://{ORIGIN}/{LIST}");
    let wanted = Wanted {
        uri: &uri,
        slots: (1 << 24) + (1 << 20),
    };
    let array = content.array(wanted).unwrap();
    (content.claims, array)
}

/// Signs the newest list again with another array, in all its forms.
pub fn relist(ground: &Ground, edit: impl FnOnce(&mut StatusArray)) -> StatusArray {
    relist_as(ground, &list_key(ground), edit)
}

/// The same with any key.
pub fn relist_as(
    ground: &Ground,
    key: &SigningKey,
    edit: impl FnOnce(&mut StatusArray),
) -> StatusArray {
    let (claims, mut array) = read_list(ground);
    edit(&mut array);
    let zlib = zlib::compress(array.raw(), 6).unwrap();
    let token = sign_list(&claims, &zlib, key).unwrap();
    fs::write(ground.path(&ground.newest()), &token).unwrap();
    fs::write(ground.path(LIST), &token).unwrap();
    let jwt = sign_list_jwt(&claims, &zlib, key).unwrap();
    fs::write(ground.path(&format!("{LIST}.jwt")), jwt).unwrap();
    array
}

/// The first slot that says this.
pub fn slot(array: &StatusArray, value: u8) -> u64 {
    let marked = array.marked();
    let mut marked = marked.into_iter();
    marked.find(|idx| array.get(*idx) == Some(value)).unwrap()
}

/// The public entries.
pub fn leaves(ground: &Ground) -> Vec<Vec<u8>> {
    let head = head(ground);
    let bundle = Bundle::holding(0, head.size()).unwrap();
    let bytes = fs::read(ground.path(&bundle.path())).unwrap();
    let entries = decode_bundle(bundle, &bytes).unwrap();
    entries.into_iter().map(<[u8]>::to_vec).collect()
}

pub fn head(ground: &Ground) -> Checkpoint {
    checkpoint::open(&ground.text("checkpoint"), &log_key(ground).verifier()).unwrap()
}

/// Makes the tree of these entries, signed by the log's own key.
pub fn relog(ground: &Ground, leaves: &[Vec<u8>]) {
    fs::remove_dir_all(ground.path("tile")).unwrap();
    let width = u16::try_from(leaves.len()).unwrap();
    let hashes: Vec<_> = leaves.iter().map(|leaf| tlog::leaf_hash(leaf)).collect();
    let files = [
        (
            Bundle::new(0, width).unwrap().path(),
            encode_bundle(leaves).unwrap(),
        ),
        (
            Tile::new(0, 0, width).unwrap().path(),
            encode_hashes(&hashes).unwrap(),
        ),
    ];
    for (path, bytes) in files {
        let path = ground.path(&path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let head = Checkpoint::new(ORIGIN, u64::from(width), tree::root(&hashes)).unwrap();
    let text = checkpoint::sign(&head, &log_key(ground)).unwrap();
    fs::write(ground.path("checkpoint"), text).unwrap();
}

/// Changes one public entry, and makes the tree again.
pub fn edit_leaf(ground: &Ground, entry: usize, edit: impl FnOnce(&mut Leaf)) {
    let mut leaves = leaves(ground);
    let mut leaf = Leaf::decode(&leaves[entry]).unwrap();
    edit(&mut leaf);
    leaves[entry] = leaf.encode();
    relog(ground, &leaves);
}

/// Adds a witness's cosignature to the checkpoint and to every proof of the site.
pub fn cosign_all(ground: &Ground, witness: &CosignerKey) {
    let cosigned = |text: &str| {
        let note = Note::parse(text).unwrap();
        let head = Checkpoint::parse(note.text()).unwrap();
        let signature = witness.cosign(&head, 1_655_078_400).unwrap();
        note.with_signature(signature).unwrap()
    };
    let text = cosigned(&ground.text("checkpoint")).to_string();
    fs::write(ground.path("checkpoint"), text).unwrap();
    for folder in ["keys", "s", &format!("{LIST}.v")] {
        for item in fs::read_dir(ground.path(folder)).unwrap() {
            let path = item.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "tlog-proof") {
                continue;
            }
            let receipt = Receipt::parse(&fs::read_to_string(&path).unwrap()).unwrap();
            let note = cosigned(&receipt.note().to_string());
            let again = Receipt::new(receipt.index(), receipt.proof().to_vec(), note).unwrap();
            let again = again.with_extra(receipt.extra().unwrap().to_vec()).unwrap();
            fs::write(&path, again.to_string()).unwrap();
        }
    }
}
