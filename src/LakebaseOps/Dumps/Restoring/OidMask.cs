using System.Buffers.Binary;
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
        NpgsqlConnection connection, TableName table, IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        Dictionary<uint, (char Type, uint Element, uint Base, uint[] Fields)> types = [];
        Dictionary<string, uint> attributes = [];
        using NpgsqlCommand command = new(
            """
            WITH RECURSIVE used (oid) AS (
                SELECT atttypid FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped
                UNION
                SELECT next.oid FROM used JOIN pg_type t ON t.oid = used.oid
                CROSS JOIN LATERAL (
                    SELECT t.typelem WHERE t.typcategory = 'A' UNION ALL SELECT t.typbasetype WHERE t.typtype = 'd'
                    UNION ALL SELECT atttypid FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped) AS next (oid))
            SELECT t.oid, CASE WHEN t.typtype = 'b' AND t.typcategory = 'A' AND t.typelem <> 0 THEN 'a' ELSE t.typtype END, t.typelem, t.typbasetype,
                ARRAY(SELECT atttypid FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped ORDER BY attnum), NULL
            FROM used JOIN pg_type t ON t.oid = used.oid
            UNION ALL
            SELECT atttypid, 'x', 0, 0, '{}', attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped
            """, connection)
        {
            Parameters = { new() { Value = table.ToSql() } },
        };
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (reader.IsDBNull(5))
                    types[reader.GetFieldValue<uint>(0)] = (reader.GetFieldValue<char>(1), reader.GetFieldValue<uint>(2), reader.GetFieldValue<uint>(3), reader.GetFieldValue<uint[]>(4));
                else
                    attributes[reader.GetString(5)] = reader.GetFieldValue<uint>(0);
            }
        }

        Node?[] nodes = [.. columns.Select(column => Of(attributes.GetValueOrDefault(column)))];
        return nodes.Any(node => node is not null) ? new OidMask(nodes) : null;

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
    public UInt128 Hash(ReadOnlySpan<byte> row)
    {
        byte[] copy = row.ToArray();
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

        return RowHash.Of(copy);
    }

    /// <summary>An array with the node of its elements, or a composite with those of its fields.</summary>
    private sealed record Node(bool IsArray, Node?[] Parts)
    {
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
