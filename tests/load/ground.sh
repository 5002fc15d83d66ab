# The ground of a bulk order: a ledger with one report about $PEOPLE people (a million unless said),
# served at $url; $reader is the cookie of somebody who is not among them, $maker that of an officer
# of the headquarters. Sourced by scripts/load.
people=${PEOPLE:-1000000}
mingma init --origin log.example/henan --province 41 --organisation 410000-health --name 省卫生健康委员会 \
    --registrar 410000-health.gao --holder holder-gao --generate-keys keys >init.out
registrar() { mingma "$@" --as 410000-health.gao --key keys/410000-health.gao.key; }
for body in hq:headquarters rail:rail hotline:hotline; do
    id=410000-${body%:*}
    mingma key new "keys/$id.key"
    registrar org register "$id" --kind "${body#*:}" --division 41 --name "$id" --public-key "keys/$id.key"
done >bodies.out
for officer in hq.zhao:maker health.qian:checker hotline.he:agent; do
    id=410000-${officer%:*}
    mingma key new "keys/$id.key"
    registrar officer register "$id" --org "${id%.*}" --role "${officer#*:}" --holder "holder-$id" \
        --until "$(date -d '+200 days' +%F)" --public-key "keys/$id.key"
done >officers.out
mingma pack copy henan-2022 pack >pack.out
sed -i -e "s/2022-03-22T/$(date -d '-30 days' +%F)T/" -e "s/2023-01-08T/$(date -d '+200 days' +%F)T/" pack/pack.toml
rm pack/cases/timeline.toml
registrar pack adopt pack >>pack.out

python3 - "$people" "$(TZ=UTC-8 date -d '-2 hours' '+%FT%T+08:00')" <<'PY'
import sys
count, at = int(sys.argv[1]), sys.argv[2]
weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
def number(nth):  # GB 11643-1999; nobody is born under 990000
    year, rest = divmod(nth, 12 * 28 * 1000)
    month, rest = divmod(rest, 28 * 1000)
    day, serial = divmod(rest, 1000)
    text = f"990000{1950 + year:04}{month + 1:02}{day + 1:02}{serial:03}"
    return text + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(text, weights)) % 11]
with open("rows.csv", "w") as rows, open("people.csv", "w") as people:
    rows.write("document_number,division,occurred_at,reference\n")
    people.write("document_number\n")
    for nth in range(count):
        one = number(nth)
        rows.write(f"{one},410105,{at},R-{nth}\n")
        people.write(f"{one}\n")
open("reader", "w").write(number(count))
PY
mingma report sign rows.csv --kind travel_record --org 410000-rail --key keys/410000-rail.key \
    --person-key mingma-data/keys/person.key --origin log.example/henan -o rows.mmr >signed.out
mingma report push rows.mmr >pushed.out
echo '{"act": "order.propose", "ground": "ARRIVAL", "area": "410000", "people": [], "reason": "a travel rule"}' >order.json

MINGMA_LIMITS_PER_MINUTE=1000000000 mingma serve --listen 127.0.0.1:0 >listening 2>server.log &
pids+=($!)
until grep -q listening listening; do sleep 0.1; done
url=$(sed 's/listening on //' listening)
origin=${url/127.0.0.1/localhost} # where passkeys speak
ask() { mingma call "$@" --server "$url" --as 410000-hotline.he --key keys/410000-hotline.he.key; }
printf '{"document_type": "resident_id", "document_number": "%s"}' "$(cat reader)" >document.json
field() { sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" "$2" | head -n 1; }
ask POST /api/v1/people/find --body document.json >found.json
id=$(field person found.json)
echo "{\"act\": \"access.look\", \"person\": \"$id\", \"purpose\": \"the person calls\", \"case\": \"C-1\"}" >look.json
mingma act sign look.json --server "$url" --send --as 410000-hotline.he --key keys/410000-hotline.he.key >look.out
echo "{\"person\": \"$id\"}" >for.json
ask POST /api/v1/activations --body for.json >activation.json
curl -sf -o /dev/null -c reader.jar -H 'content-type: application/json' "$url/api/v1/signin/activation" -d \
    "{\"document_type\": \"resident_id\", \"document_number\": \"$(cat reader)\", \"code\": \"$(field code activation.json)\"}"
reader=$(awk '$6 == "mingma" { print $6 "=" $7 }' reader.jar)

# An officer with a passkey in software: pages know sessions alone.
echo '{"officer": "410000-hq.lin"}' >invited.json
mingma call POST /api/v1/invitations --body invited.json --server "$url" \
    --as 410000-health.gao --key keys/410000-health.gao.key >invitation.json
passkey() { python3 "$root/tests/load/passkey.py" "$1" "$origin" lin "${@:2}"; }
printf '{"act": "officer.register", "id": "410000-hq.lin", "org": "410000-hq", "roles": ["maker"], "holder": "holder-lin",
    "term_from": "%sT00:00:00+08:00", "term_until": "%sT00:00:00+08:00", "key": "%s"}' "$(date -d '-1 day' +%F)" \
    "$(date -d '+200 days' +%F)" "$(passkey register "$(field link invitation.json | sed 's/.*#//')")" >officer.json
mingma act sign officer.json --server "$url" --send --as 410000-health.gao --key keys/410000-health.gao.key >officer.out
maker=$(passkey signin)
