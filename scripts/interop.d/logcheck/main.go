// Checks our published log with golang.org/x/mod/sumdb, and makes a small log of its own.
//
//	logcheck site DIR VKEY OLD NEW PROOF LEAF   our site; notes of two sizes; a proof file and its leaf
//	logcheck foreign DIR                        writes a foreign log's key, notes, proofs, a fork
package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/ioutil"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "log.example/foreign"

var failed = false

func tell(name string, err error, wantErr bool) {
	result, detail := "ok", ""
	switch {
	case err == nil && wantErr:
		result, detail = "FAIL", ": it was accepted"
	case err != nil && wantErr:
		detail = ": " + err.Error()
	case err != nil:
		result, detail = "FAIL", ": "+err.Error()
	}
	failed = failed || result == "FAIL"
	fmt.Printf("  %-7s %s%s\n", result, name, detail)
	file, err := os.OpenFile(os.Getenv("INTEROP_RESULTS"), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		die(err)
	}
	defer file.Close()
	fmt.Fprintf(file, "our log\t%s\t%s\t%s\n", os.Getenv("INTEROP_GO"), result, name)
}

func holds(name string, err error)   { tell(name, err, false) }
func refuses(name string, err error) { tell(name, err, true) }

func die(err error) {
	fmt.Fprintln(os.Stderr, "logcheck:", err)
	os.Exit(1)
}

// site reads tiles of a directory; spoil may change what it reads.
type site struct {
	dir   string
	read  map[string]bool
	spoil func(path string, data []byte)
}

func (s site) Height() int                                { return 8 }
func (s site) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (s site) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		// Go writes tile/8/L/N; the published layout has no height in it.
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		data, err := ioutil.ReadFile(filepath.Join(s.dir, path))
		if err != nil {
			return nil, err
		}
		s.read[path] = true
		if s.spoil != nil {
			s.spoil(path, data)
		}
		all = append(all, data)
	}
	return all, nil
}

// open verifies a note and parses its checkpoint. ParseTree of Go wants its own first line, so it is put there.
func open(text []byte, verifiers note.Verifiers, name string) (tlog.Tree, error) {
	var tree tlog.Tree
	opened, err := note.Open(text, verifiers)
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != name {
		return tree, fmt.Errorf("not a checkpoint of %s", name)
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + strings.Join(lines[1:], "\n")))
}

// entries reads the records of a tree from its entry bundles.
func entries(dir string, size int64) ([][]byte, error) {
	var all [][]byte
	for first := int64(0); first < size; first += 256 {
		tile := tlog.Tile{H: 8, L: 0, N: first / 256, W: 256}
		if size-first < 256 {
			tile.W = int(size - first)
		}
		path := "tile/entries/" + strings.TrimPrefix(tile.Path(), "tile/8/0/")
		data, err := ioutil.ReadFile(filepath.Join(dir, path))
		if os.IsNotExist(err) && tile.W < 256 {
			// The partial form goes once the full one is there; its beginning is the same.
			path = strings.SplitN(path, ".p/", 2)[0]
			data, err = ioutil.ReadFile(filepath.Join(dir, path))
		}
		if err != nil {
			return nil, err
		}
		for len(data) > 0 && int64(len(all)) < size {
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				return nil, errors.New(path + ": an entry ends too early")
			}
			length := int(binary.BigEndian.Uint16(data))
			all = append(all, data[2:2+length])
			data = data[2+length:]
		}
	}
	if int64(len(all)) != size {
		return nil, fmt.Errorf("%d entries, not %d", len(all), size)
	}
	return all, nil
}

func flip(data []byte, place int) []byte {
	other := append([]byte(nil), data...)
	other[place] ^= 1
	return other
}

// proof reads a C2SP tlog-proof: index, hashes, checkpoint.
func proof(text []byte) (index int64, hashes tlog.RecordProof, checkpoint []byte, err error) {
	parts := bytes.SplitN(text, []byte("\n\n"), 2)
	if len(parts) != 2 {
		return 0, nil, nil, errors.New("a proof has a blank line")
	}
	lines := strings.Split(string(parts[0]), "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return 0, nil, nil, errors.New("not a tlog-proof")
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if index, err = strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64); err != nil {
		return
	}
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return 0, nil, nil, err
		}
		hashes = append(hashes, hash)
	}
	return index, hashes, parts[1], nil
}

func checkSite(dir, vkey, oldPath, newPath, proofPath, leafPath string) {
	read := func(path string) []byte {
		data, err := ioutil.ReadFile(path)
		if err != nil {
			die(err)
		}
		return data
	}
	verifier, err := note.NewVerifier(vkey)
	holds("the public key reads as a verifier key", err)
	if err != nil {
		return
	}
	known, name := note.VerifierList(verifier), verifier.Name()

	text := read(filepath.Join(dir, "checkpoint"))
	oldText, newText := read(oldPath), read(newPath)
	newest, err := open(text, known, name)
	holds("checkpoint: signed by the log", err)
	older, err := open(oldText, known, name)
	holds("checkpoint of the earlier size: signed by the log", err)
	kept, err := open(newText, known, name)
	holds("checkpoint as it was kept: signed by the log", err)
	_, err = open(flip(text, len(name)+2), known, name)
	refuses("checkpoint with another size", err)
	_, err = open(bytes.Replace(text, []byte(name), []byte("log.example/others"), 1), known, name)
	refuses("checkpoint of another origin", err)

	tiles := site{dir: dir, read: map[string]bool{}}
	reader := tlog.TileHashReader(newest, tiles)
	root, err := tlog.TreeHash(newest.N, reader)
	if err == nil && root != newest.Hash {
		err = errors.New("another root")
	}
	holds(fmt.Sprintf("root of %d entries from the tiles", newest.N), err)

	all, err := entries(dir, newest.N)
	holds("entry bundles", err)
	included := func(reader tlog.HashReader) error {
		for n, entry := range all {
			proof, err := tlog.ProveRecord(newest.N, int64(n), reader)
			if err != nil {
				return fmt.Errorf("entry %d: %v", n, err)
			}
			if err := tlog.CheckRecord(proof, newest.N, newest.Hash, int64(n), tlog.RecordHash(entry)); err != nil {
				return fmt.Errorf("entry %d: %v", n, err)
			}
		}
		return nil
	}
	holds("every entry is in the tree", included(reader))
	firsts, err := entries(dir, older.N)
	for n, entry := range firsts {
		if err == nil && !bytes.Equal(entry, all[n]) {
			err = fmt.Errorf("entry %d changed", n)
		}
	}
	holds(fmt.Sprintf("the bundle of the earlier size (%d) has the same entries", older.N), err)

	grown, err := tlog.ProveTree(newest.N, older.N, reader)
	if err == nil {
		err = tlog.CheckTree(grown, newest.N, newest.Hash, older.N, older.Hash)
	}
	holds(fmt.Sprintf("%d entries begin with the %d of before", newest.N, older.N), err)
	err = tlog.CheckTree(grown, newest.N, newest.Hash, older.N, tlog.Hash(flip32(older.Hash)))
	refuses("another root of before", err)
	if kept.N != newest.N || kept.Hash != newest.Hash {
		grown, err := tlog.ProveTree(newest.N, kept.N, reader)
		if err == nil {
			err = tlog.CheckTree(grown, newest.N, newest.Hash, kept.N, kept.Hash)
		}
		holds("the kept checkpoint is a beginning of the newest", err)
	}

	for path := range tiles.read {
		path := path
		spoiled := site{dir: dir, read: map[string]bool{}, spoil: func(at string, data []byte) {
			if at == path {
				data[7] ^= 1
			}
		}}
		// The reader of x/mod 0.7.0 leaves some full tiles unchecked (docs/interop.md): what counts is
		// that no proof made from a changed tile holds.
		refuses("a changed bit in "+path, included(tlog.TileHashReader(newest, spoiled)))
	}
	middle := newest.N / 2
	inclusion, err := tlog.ProveRecord(newest.N, middle, reader)
	if err != nil {
		die(err)
	}
	entry := all[middle]
	err = tlog.CheckRecord(inclusion, newest.N, newest.Hash, middle, tlog.RecordHash(flip(entry, len(entry)/2)))
	refuses(fmt.Sprintf("a changed bit in entry %d", middle), err)
	err = tlog.CheckRecord(inclusion, newest.N, newest.Hash, middle+1, tlog.RecordHash(entry))
	refuses("an entry in another place", err)

	leaf := read(leafPath)
	index, hashes, signed, err := proof(read(proofPath))
	holds("the file of `log prove` is a tlog-proof", err)
	tree, err := open(signed, known, name)
	if err == nil {
		err = tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(leaf))
	}
	holds("its entry is in the tree that the log signed", err)
	if err == nil {
		if !bytes.Equal(leaf, all[index]) {
			err = errors.New("another leaf")
		}
		holds("its leaf is the published entry", err)
	}
	err = tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(flip(leaf, 9)))
	refuses("its leaf with a changed bit", err)
}

func flip32(hash tlog.Hash) tlog.Hash {
	hash[5] ^= 1
	return hash
}

// foreign makes a log of numbers: notes of sizes 3 and 7, a fork of size 7, and a proof from 3 to 7.
func foreign(dir string) {
	skey, vkey, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		die(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		die(err)
	}
	build := func(size int64, word string) (tlog.HashReaderFunc, tlog.Hash) {
		var stored []tlog.Hash
		reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
			var found []tlog.Hash
			for _, index := range indexes {
				found = append(found, stored[index])
			}
			return found, nil
		})
		for n := int64(0); n < size; n++ {
			record := []byte(fmt.Sprint("entry ", n))
			if n == 4 {
				record = append(record, word...)
			}
			more, err := tlog.StoredHashes(n, record, reader)
			if err != nil {
				die(err)
			}
			stored = append(stored, more...)
		}
		root, err := tlog.TreeHash(size, reader)
		if err != nil {
			die(err)
		}
		return reader, root
	}
	write := func(name string, data []byte) {
		if err := ioutil.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			die(err)
		}
	}
	sign := func(size int64, root tlog.Hash) []byte {
		text := fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			die(err)
		}
		return signed
	}
	request := func(name string, old int64, proof tlog.TreeProof, signed []byte) {
		var body bytes.Buffer
		fmt.Fprintf(&body, "old %d\n", old)
		for _, hash := range proof {
			fmt.Fprintln(&body, base64.StdEncoding.EncodeToString(hash[:]))
		}
		body.WriteByte('\n')
		body.Write(signed)
		write(name, body.Bytes())
	}
	_, three := build(3, "")
	reader, seven := build(7, "")
	_, forked := build(7, " said otherwise")
	grown, err := tlog.ProveTree(7, 3, reader)
	if err != nil {
		die(err)
	}
	wrong := append(tlog.TreeProof(nil), grown...)
	wrong[0] = flip32(wrong[0])
	write("vkey", []byte(vkey+"\n"))
	write("note.3", sign(3, three))
	write("note.7", sign(7, seven))
	request("first.request", 0, nil, sign(3, three))
	request("wrong.request", 3, wrong, sign(7, seven))
	request("grown.request", 3, grown, sign(7, seven))
	request("stale.request", 0, nil, sign(3, three))
	request("fork.request", 7, nil, sign(7, forked))
	write("hash", []byte(fmt.Sprintf("%x", sha256.Sum256([]byte(origin)))))
}

func main() {
	args := os.Args[1:]
	switch {
	case len(args) == 7 && args[0] == "site":
		checkSite(args[1], args[2], args[3], args[4], args[5], args[6])
	case len(args) == 2 && args[0] == "foreign":
		foreign(args[1])
	default:
		die(errors.New("usage: logcheck site DIR VKEY OLD NEW PROOF LEAF | foreign DIR"))
	}
	if failed {
		os.Exit(1)
	}
}
