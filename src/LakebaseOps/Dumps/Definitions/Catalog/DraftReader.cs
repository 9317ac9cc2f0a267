using System.Globalization;
using Npgsql;

namespace LakebaseOps.Dumps.Definitions.Catalog;

/// <summary>Reads all parts into a draft.</summary>
internal sealed class DraftReader(NpgsqlConnection connection)
{
    /// <summary>Objects, in no order yet.</summary>
    public List<DraftObject> Objects { get; } = [];

    /// <summary>What cannot be expressed, by schema.</summary>
    public List<(string Schema, string What)> Refused { get; } = [];

    /// <summary>What is left out on purpose.</summary>
    public List<string> Left { get; } = [];

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        foreach (DraftPart part in (IEnumerable<DraftPart>)
            [.. TypeParts.All, .. RoutineParts.All, .. RelationParts.All, .. ViewParts.All, .. IndexParts.All, .. OtherParts.All])
            await ReadAsync(part, cancellationToken).ConfigureAwait(false);
        await ReadSequenceValuesAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ReadAsync(DraftPart part, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(part.Sql, connection);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            Dictionary<string, int> named = Enumerable.Range(9, Math.Max(0, row.FieldCount - 9)).ToDictionary(row.GetName, StringComparer.Ordinal);
            int At(string name) => named.TryGetValue(name, out int at) && !row.IsDBNull(at) ? at : -1;
            string? Text(int at) => at < 0 || row.IsDBNull(at) ? null : row.GetString(at);
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                string kind = row.GetString(1);
                if (kind == "!")
                    Refused.Add((row.GetString(2), row.GetString(4)));
                else if (kind == "-")
                    Left.Add(row.GetString(4));
                else
                    Take(part, row, kind, At, Text);
            }
        }
    }

    private void Take(DraftPart part, NpgsqlDataReader row, string kind, Func<string, int> at, Func<int, string?> text)
    {
        string tail = text(at("tail")) ?? "";
        DraftObject read = new()
        {
            Key = new DraftKey(part.Catalog, row.GetFieldValue<uint>(0)),
            Kind = kind,
            Schema = row.GetString(2),
            Name = row.GetString(3),
            // A view's statement is told twice: to make it, and to make it of the dummy.
            Head = kind == "VIEW" ? "CREATE " : row.GetString(4),
            Tail = kind == "VIEW" ? row.GetString(4) : tail,
            Owner = text(5),
            Owned = text(6),
            Relation = row.IsDBNull(7) ? null : new TableName(row.GetString(7), row.GetString(8)),
            Section = part.Section,
            Elements = at("elements") is >= 0 and int elements ? row.GetFieldValue<string[]>(elements) : null,
            Relations = at("needs") is >= 0 and int needs ? row.GetFieldValue<uint[]>(needs) : [],
            Dummy = text(at("dummy")),
            IsTyped = at("typed") is >= 0 and int typed && row.GetBoolean(typed),
        };
        Objects.Add(read);
        // Tables and domains are read before their checks.
        if (at("inside") is >= 0 and int inside && row.GetFieldValue<uint>(inside) is uint oid
            && Objects.Find(one => one.Key.Oid == oid && one.Kind is "TABLE" or "DOMAIN") is DraftObject holder)
        {
            read.Inside = holder;
            holder.Checks.Add(read);
        }
    }

    /// <summary>Sequences are outside of snapshots, so their values are at least those of the rows.</summary>
    private async Task ReadSequenceValuesAsync(CancellationToken cancellationToken)
    {
        foreach (DraftObject[] some in Objects.Where(one => one.Kind == "SEQUENCE").ToArray().Chunk(200))
        {
            string sql = string.Join("\nUNION ALL ", some.Select((one, at) =>
                string.Create(CultureInfo.InvariantCulture, $"SELECT {at}, last_value, is_called FROM {new TableName(one.Schema, one.Name).ToSql()}")));
            using NpgsqlCommand command = new(sql, connection);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    DraftObject sequence = some[row.GetInt32(0)];
                    string name = new TableName(sequence.Schema, sequence.Name).ToSql().Replace("'", "''", StringComparison.Ordinal);
                    Objects.Add(new DraftObject
                    {
                        Key = new DraftKey(DraftPart.SequenceSet, sequence.Key.Oid),
                        Kind = "SEQUENCE SET",
                        Schema = sequence.Schema,
                        Name = sequence.Name,
                        Head = string.Create(CultureInfo.InvariantCulture,
                            $"SELECT pg_catalog.setval('{name}', {row.GetInt64(1)}, {(row.GetBoolean(2) ? "true" : "false")});"),
                        Relation = sequence.Relation,
                        Relations = [sequence.Key.Oid],
                        Section = DumpSection.PostData,
                    });
                }
            }
        }
    }
}
