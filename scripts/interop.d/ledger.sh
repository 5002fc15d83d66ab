# shellcheck shell=bash
# Makes a ledger in $INTEROP_WORK with invented people, credentials of all forms, two published sizes.
# Sourced by scripts/interop; needs $MINGMA. Every command must succeed but where it says otherwise.

cd "$INTEROP_WORK" || exit 1
export MINGMA_DATA="$INTEROP_WORK/data" MINGMA_LANG=en
registrar=(--as 410000-health.gao --key keys/410000-health.gao.key)
issuer=(--as 410000-bureau.issuer --key issuer.key)
agent=(--as 410000-hotline.agent --key agent.key)
HELD=990000199001010017 STATIC=990000199001010025 PAPER=990000199001010033
RED=990000199001010041 YELLOW=99000019900101005X
origin=log.example/henan

quiet() { # runs a command and shows what it said only if it failed
    if ! "$@" >said 2>&1; then
        cat said >&2
        echo "interop: this command failed: $*" >&2
        exit 1
    fi
}

quiet "$MINGMA" init --origin $origin --province 41 --organisation 410000-health \
    --name 省卫生健康委员会 --registrar 410000-health.gao --holder holder-1 --generate-keys keys
for name in bureau lab issuer hotline agent; do quiet "$MINGMA" key new $name.key; done
quiet "$MINGMA" org register 410000-bureau --kind big_data_bureau --division 41 \
    --name 省大数据管理局 --public-key bureau.key "${registrar[@]}"
quiet "$MINGMA" org register 410100-lab --kind laboratory --division 4101 \
    --name 检测机构 --public-key lab.key "${registrar[@]}"
quiet "$MINGMA" org register 410000-hotline --kind hotline --division 41 \
    --name 12320 --public-key hotline.key "${registrar[@]}"
quiet "$MINGMA" officer register 410000-hotline.agent --org 410000-hotline --role agent \
    --holder holder-3 --until "$(date -d '+200 days' +%F)" --public-key agent.key "${registrar[@]}"
quiet "$MINGMA" officer register 410000-bureau.issuer --org 410000-bureau --role issuer \
    --holder holder-2 --until "$(date -d '+200 days' +%F)" --public-key issuer.key "${registrar[@]}"

# A rule pack whose life is around today; its worked examples are of other dates.
quiet "$MINGMA" pack copy henan-2022 pack
sed -i -e "s/2022-03-22T/$(date -d '-30 days' +%F)T/" -e "s/2023-01-08T/$(date -d '+200 days' +%F)T/" \
    pack/pack.toml
rm -f pack/cases/timeline.toml
quiet "$MINGMA" pack adopt pack "${registrar[@]}"
# After the pack: its clock says when a day begins, and the keys count from the beginning of today.
quiet "$MINGMA" credential keys register "${registrar[@]}"

{
    echo document_number,name,phone,email
    echo "$HELD,样本甲,,nobody@example.org"; echo "$STATIC,样本乙,,"; echo "$PAPER,样本丙,,"
    echo "$RED,样本丁,,red@example.org"; echo "$YELLOW,样本戊,19900000005,"
} >people.csv
quiet "$MINGMA" person import people.csv

report() { # kind, person: a laboratory's report that colours the code by itself
    printf 'document_number,division,occurred_at,reference\n%s,410105,%s,R-%s\n' \
        "$2" "$(TZ=UTC-8 date -d '-2 hours' '+%FT%T+08:00')" "$1" >row.csv
    quiet "$MINGMA" report sign row.csv --kind "$1" --org 410100-lab --key lab.key \
        --person-key data/keys/person.key --origin $origin -o row.mmr
    quiet "$MINGMA" report push row.mmr
}
report preliminary_positive $RED
report pool_abnormal $YELLOW

quiet "$MINGMA" credential device phone.key
"$MINGMA" credential issue $HELD --holder phone.key -o revoked.cwt --json >revoked.json
"$MINGMA" credential issue $STATIC --without-key -o static.cwt --json >static.json
"$MINGMA" credential issue $RED --without-key -o red.cwt --json >red.json
"$MINGMA" credential issue $YELLOW --without-key -o yellow.cwt --json >yellow.json
"$MINGMA" paper $PAPER --output sheet.svg --office 社区服务站 --case P-1 --json \
    "${agent[@]}" >paper.json
quiet "$MINGMA" status-list cut "${issuer[@]}"
quiet "$MINGMA" publish --out site
cp site/checkpoint checkpoint.1

# The first credential is withdrawn; its slot must say so in the second version of the list.
"$MINGMA" credential renew $HELD --holder phone.key -o held.cwt --case L-1 --json \
    "${agent[@]}" >held.json

# Past 256 entries there is a full tile and a second level. A refusal is an entry like any other.
more=260
while [ "$more" -gt 0 ]; do
    if "$MINGMA" officer register 410000-bureau.o$more --org 410000-bureau --role issuer \
        --holder "holder-o$more" --until "$(date -d '+200 days' +%F)" --public-key issuer.key \
        "${registrar[@]}" >said 2>&1; then
        echo "interop: a key that is taken was registered again" >&2
        exit 1
    fi
    more=$((more - 1))
done
quiet "$MINGMA" status-list cut "${issuer[@]}" --force
quiet "$MINGMA" publish --out site
cp site/checkpoint checkpoint.2

quiet "$MINGMA" trust fetch site --trust gate
# The key of the log, had by another way than the site.
"$MINGMA" log vkey >vkey
"$MINGMA" log prove 3 -o entry.proof --leaf-out entry.leaf >said 2>&1
for form in static red yellow; do "$MINGMA" credential show $form.cwt --text >$form.txt; done
cd - >/dev/null || exit 1
