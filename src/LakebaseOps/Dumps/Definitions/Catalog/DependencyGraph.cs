using Npgsql;

namespace LakebaseOps.Dumps.Definitions.Catalog;

/// <summary>Who needs whom, by pg_depend, told in objects of the draft.</summary>
internal sealed class DependencyGraph
{
    private readonly Dictionary<DraftKey, DraftObject> _objects = [];
    private readonly Dictionary<DraftKey, DraftKey> _ownerOf = [];
    private readonly List<(DraftKey From, DraftKey To)> _edges = [];

    public DependencyGraph(IEnumerable<DraftObject> objects)
    {
        foreach (DraftObject one in objects)
            _objects.TryAdd(one.Key, one);
    }

    /// <summary>Reads pg_depend; the system's own objects are there anyway.</summary>
    public async Task ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // A partition is made by itself and attached later, and what a sequence belongs to is said later: neither needs its table.
        using NpgsqlCommand command = new(
            """
            SELECT classid, objid, refclassid, refobjid, deptype::text FROM pg_depend
            WHERE objid >= 16384 AND (deptype IN ('n', 'a', 'i', 'e') OR deptype = 'P' AND classid = 'pg_trigger'::regclass)
              AND (refobjid >= 16384 OR refclassid = 'pg_namespace'::regclass)
              AND NOT (deptype = 'a' AND classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND objsubid = 0
                       AND EXISTS (SELECT FROM pg_class c WHERE c.oid = objid AND (c.relispartition OR c.relkind = 'S')))
            """, connection);
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                DraftKey from = new(reader.GetFieldValue<uint>(0), reader.GetFieldValue<uint>(1));
                DraftKey to = new(reader.GetFieldValue<uint>(2), reader.GetFieldValue<uint>(3));
                _edges.Add((from, to));
                // What an extension or another object made with itself is a part of that.
                if (_objects.ContainsKey(from))
                    continue;
                if (reader.GetString(4) is "e" or "i")
                    _ownerOf[from] = to;
                else if (reader.GetString(4) == "a" && from.Catalog is DraftPart.Default or DraftPart.Constraint)
                    _ownerOf.TryAdd(from, to);
            }
        }
    }

    /// <summary>The object that makes what the key names; null for what is not of this dump.</summary>
    public DraftObject? Find(DraftKey key)
    {
        for (int steps = 0; steps < 10; steps++)
        {
            if (_objects.TryGetValue(key, out DraftObject? found))
                return found.Inside ?? found;
            if (!_ownerOf.TryGetValue(key, out key))
                return null;
        }

        return null;
    }

    /// <summary>What each object needs, without itself, as matters stand: checks inside of their tables, dummies for what they stand for.</summary>
    public Dictionary<DraftObject, HashSet<DraftObject>> Needs(IEnumerable<DraftObject> objects, bool whole = false)
    {
        Dictionary<DraftObject, HashSet<DraftObject>> needs = objects.Where(one => one.Inside is null).ToDictionary(one => one, _ => new HashSet<DraftObject>());
        void Add(DraftObject from, DraftObject to)
        {
            if (from != to && needs.TryGetValue(from, out HashSet<DraftObject>? known) && needs.ContainsKey(to))
                known.Add(to);
        }

        foreach ((DraftKey from, DraftKey to) in _edges)
        {
            if (Find(from) is not DraftObject needing || Find(to) is not DraftObject needed)
                continue;
            // A dummy needs its schema and the types of its columns; what the view itself needs, the real one waits for.
            if (needing.IsDummy && !whole)
            {
                if (Real(needs.Keys, needing) is DraftObject real)
                    Add(real, needed);
                if (needed.Kind is not ("SCHEMA" or "TYPE" or "DOMAIN" or "COLLATION" or "EXTENSION"))
                    continue;
            }

            Add(needing, needed);
        }

        foreach (DraftObject one in needs.Keys)
        {
            foreach (uint relation in one.Relations)
            {
                if (Find(new DraftKey(DraftPart.Class, relation)) is DraftObject needed)
                    Add(one, needed);
            }

            if (one.Real is not null)
                Add(one, one.Real);
        }

        return needs;
    }

    private static DraftObject? Real(IEnumerable<DraftObject> objects, DraftObject dummy) => objects.FirstOrDefault(one => one.Real == dummy);
}
