using System.Buffers.Binary;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Loading.Wire;
using Npgsql;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>
/// Hashes rows without what differs from server to server though the values are the same: the binary forms of arrays and
/// composites hold the oids of their types, and those of user-defined types are another server's own.
/// </summary>
internal sealed class OidMask
{
    private const uint FirstUserOid = 16384;
    private readonly Node?[] _columns;

    private OidMask(Node?[] columns) => _columns = columns;

    /// <summary>The mask of a table's columns; null where plain bytes compare.</summary>
    public static async Task<OidMask?> ReadAsync(
        NpgsqlConnection connection, TableName table, IReadOnlyList<string> columns, CancellationToken cancellationToken) =>
        (await ReadAsync(connection, [(table.ToSql(), columns)], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>The tables with the masks that a manifest notes.</summary>
    public static async Task<IReadOnlyList<DumpTable>> MarkAsync(NpgsqlConnection connection, IReadOnlyList<DumpTable> tables, CancellationToken cancellationToken)
    {
        IReadOnlyList<OidMask?> masks = await ReadAsync(connection, [.. tables.Select(table => (table.Table.ToSql(), table.Columns))], cancellationToken).ConfigureAwait(false);
        return [.. tables.Zip(masks, (table, mask) => mask is null ? table : table with { Masks = mask.Texts })];
    }

    /// <summary>A mask from a manifest; null for none.</summary>
    public static OidMask? Of(IReadOnlyList<string>? texts)
    {
        return texts is not { Count: > 0 } ? null : new OidMask([.. texts.Select(text =>
        {
            int at = 0;
            return Next(text, ref at);
        })]);

        static Node? Next(string text, ref int at)
        {
            if (at == text.Length || text[at] is not ('[' or '('))
                return null;
            bool isArray = text[at] == '[';
            List<Node?> parts = [];
            do
            {
                at++;
                parts.Add(Next(text, ref at));
            }
            while (text[at] == ',');
            at++;
            return new Node(isArray, [.. parts]);
        }
    }

    /// <summary>For each column what of its values is masked: "[]" an array, "(,[])" a composite whose second field is an array; empty for nothing.</summary>
    public IReadOnlyList<string> Texts => [.. _columns.Select(column => $"{column}")];

    private static async Task<IReadOnlyList<OidMask?>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<(string Table, IReadOnlyList<string> Columns)> tables, CancellationToken cancellationToken)
    {
        Dictionary<uint, (char Type, uint Element, uint Base, uint[] Fields)> types = [];
        Dictionary<(string Table, string Column), uint> attributes = [];
        using NpgsqlCommand command = new(
            """
            WITH RECURSIVE holder (oid, name) AS (SELECT to_regclass(name)::oid, name FROM unnest($1::text[]) AS name),
            own (oid, attname, name) AS (
                SELECT atttypid, attname, name FROM holder JOIN pg_attribute ON attrelid = holder.oid WHERE attnum > 0 AND NOT attisdropped),
            used (oid) AS (
                SELECT oid FROM own
                UNION
                SELECT next.oid FROM used JOIN pg_type t ON t.oid = used.oid
                CROSS JOIN LATERAL (
                    SELECT t.typelem WHERE t.typcategory = 'A' UNION ALL SELECT t.typbasetype WHERE t.typtype = 'd'
                    UNION ALL SELECT atttypid FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped) AS next (oid))
            SELECT t.oid, CASE WHEN t.typtype = 'b' AND t.typcategory = 'A' AND t.typelem <> 0 THEN 'a' ELSE t.typtype END, t.typelem, t.typbasetype,
                ARRAY(SELECT atttypid FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped ORDER BY attnum), NULL, NULL
            FROM used JOIN pg_type t ON t.oid = used.oid
            UNION ALL
            SELECT oid, 'x', 0, 0, '{}', attname, name FROM own
            """, connection)
        {
            Parameters = { new() { Value = tables.Select(table => table.Table).ToArray() } },
        };
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (reader.IsDBNull(5))
                    types[reader.GetFieldValue<uint>(0)] = (reader.GetFieldValue<char>(1), reader.GetFieldValue<uint>(2), reader.GetFieldValue<uint>(3), reader.GetFieldValue<uint[]>(4));
                else
                    attributes[(reader.GetString(6), reader.GetString(5))] = reader.GetFieldValue<uint>(0);
            }
        }

        return
        [
            .. tables.Select(table =>
            {
                Node?[] nodes = [.. table.Columns.Select(column => Of(attributes.GetValueOrDefault((table.Table, column))))];
                return nodes.Any(node => node is not null) ? new OidMask(nodes) : null;
            }),
        ];

        Node? Of(uint oid)
        {
            if (!types.TryGetValue(oid, out (char Type, uint Element, uint Base, uint[] Fields) type))
                return null;
            switch (type.Type)
            {
                case 'd':
                    return Of(type.Base);
                case 'a':
                    Node? element = Of(type.Element);
                    return element is not null || type.Element >= FirstUserOid ? new Node(true, [element]) : null;
                case 'c':
                    return new Node(false, [.. type.Fields.Select(Of)]);
                default:
                    return null;
            }
        }
    }

    /// <summary>The hash of a row as <see cref="RowHash"/> takes it, with zeros for the oids of types.</summary>
    /// <exception cref="InvalidDataException">The row holds something else.</exception>
    public UInt128 Hash(ReadOnlySpan<byte> row)
    {
        byte[] copy = row.ToArray();
        try
        {
            int at = 2;
            foreach (Node? column in _columns)
            {
                int length = BinaryPrimitives.ReadInt32BigEndian(copy.AsSpan(at));
                at += 4;
                if (length < 0)
                    continue;
                column?.Clear(copy.AsSpan(at, length));
                at += length;
            }
        }
        catch (Exception exception) when (exception is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("a value is not of the type that its column has", exception);
        }

        return RowHash.Of(copy);
    }

    /// <summary>An array with the node of its elements, or a composite with those of its fields.</summary>
    private sealed record Node(bool IsArray, Node?[] Parts)
    {
        public override string ToString() => IsArray ? $"[{Parts[0]}]" : $"({string.Join(',', (IEnumerable<Node?>)Parts)})";

        public void Clear(Span<byte> value)
        {
            if (IsArray)
            {
                value.Slice(8, 4).Clear();
                int at = 12 + 8 * BinaryPrimitives.ReadInt32BigEndian(value);
                while (Parts[0] is Node element && at < value.Length)
                    at = element.ClearPart(value, at);
            }
            else
            {
                int at = 4;
                for (int field = 0; at < value.Length; field++)
                {
                    value.Slice(at, 4).Clear();
                    at = field < Parts.Length && Parts[field] is Node part ? part.ClearPart(value, at + 4) : Behind(value, at + 4);
                }
            }
        }

        private static int Behind(Span<byte> value, int at) => at + 4 + Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(value[at..]));

        private int ClearPart(Span<byte> value, int at)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(value[at..]);
            if (length > 0)
                Clear(value.Slice(at + 4, length));
            return at + 4 + Math.Max(0, length);
        }
    }
}
