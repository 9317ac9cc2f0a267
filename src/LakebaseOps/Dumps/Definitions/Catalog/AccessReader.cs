using System.Text;
using Npgsql;

namespace LakebaseOps.Dumps.Definitions.Catalog;

/// <summary>Reads comments and privileges as objects of their own, by what they are said of.</summary>
internal sealed class AccessReader(NpgsqlConnection connection, DependencyGraph graph)
{
    /// <summary>Comments, by object, in its own order.</summary>
    public async Task<ILookup<DraftObject, DumpObject>> CommentsAsync(CancellationToken cancellationToken)
    {
        List<(DraftObject, DumpObject)> comments = [];
        using NpgsqlCommand command = new(AccessParts.Comments, connection);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (Own(row) is DraftObject of)
                    comments.Add((of, About(of, "COMMENT", row.GetString(3), row.GetString(4))));
            }
        }

        return comments.ToLookup(pair => pair.Item1, pair => pair.Item2);
    }

    /// <summary>Privileges, by object: what is taken from those that every new object has, then what is given.</summary>
    public async Task<ILookup<DraftObject, DumpObject>> PrivilegesAsync(CancellationToken cancellationToken)
    {
        Dictionary<(DraftObject, string), StringBuilder> statements = [];
        using NpgsqlCommand command = new(AccessParts.Privileges, connection);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (Own(row) is not DraftObject of)
                    continue;
                (string kind, string owner, string grantor) = (row.GetString(3), row.GetString(6), row.GetString(9));
                (DraftObject, string) key = (of, $"{kind} {row.GetString(4)}");
                StringBuilder sql = statements.TryGetValue(key, out StringBuilder? known) ? known : statements[key] = new StringBuilder();
                string? column = row.IsDBNull(13) ? null : row.GetString(13);
                string said = Said(
                    "", $"{(column is null ? kind : "TABLE")} {row.GetString(5)}", row.GetString(7), row.IsDBNull(8) ? null : row.GetString(8),
                    row.GetFieldValue<string[]>(10), row.GetFieldValue<string[]>(11), row.GetInt64(12), column);
                // Only who gave a privilege can be named as its giver.
                sql.Append(grantor == owner || row.GetString(7) == "R" ? said
                    : $"SET SESSION AUTHORIZATION {TableName.Quote(grantor)};\n{said}RESET SESSION AUTHORIZATION;\n");
            }
        }

        return statements.ToLookup(
            entry => entry.Key.Item1, entry => About(entry.Key.Item1, "ACL", entry.Key.Item2, entry.Value.ToString().TrimEnd('\n')));
    }

    /// <summary>What roles give of objects that they will make.</summary>
    public async Task<List<DumpObject>> DefaultPrivilegesAsync(CancellationToken cancellationToken)
    {
        Dictionary<(string Role, string Schema, string Sort), StringBuilder> statements = [];
        using NpgsqlCommand command = new(AccessParts.DefaultPrivileges, connection);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                (string role, string schema, string sort) = (row.GetString(0), row.GetString(1), row.GetString(2));
                StringBuilder sql = statements.TryGetValue((role, schema, sort), out StringBuilder? known) ? known : statements[(role, schema, sort)] = new StringBuilder();
                string prefix = $"ALTER DEFAULT PRIVILEGES FOR ROLE {TableName.Quote(role)}{(schema.Length == 0 ? "" : $" IN SCHEMA {TableName.Quote(schema)}")} ";
                sql.Append(Said(prefix, sort, row.GetString(3), row.IsDBNull(4) ? null : row.GetString(4),
                    row.GetFieldValue<string[]>(5), row.GetFieldValue<string[]>(6), row.GetInt64(7), null));
            }
        }

        return [.. statements.Select(entry => new DumpObject(
            DumpSection.PostData, "DEFAULT ACL", entry.Key.Schema, $"DEFAULT PRIVILEGES FOR {entry.Key.Sort} OF {entry.Key.Role}",
            entry.Value.ToString().TrimEnd('\n'))
        {
            Owner = entry.Key.Role,
            NeedsObjects = entry.Key.Schema.Length == 0 ? [] : [$"SCHEMA .{entry.Key.Schema}"],
        })];
    }

    private DraftObject? Own(NpgsqlDataReader row) => graph.Find(new DraftKey(row.GetFieldValue<uint>(0), row.GetFieldValue<uint>(1)));

    private static DumpObject About(DraftObject of, string kind, string name, string sql) =>
        new(of.Section, kind, of.Kind == "SCHEMA" ? "" : of.Schema, name, sql)
        {
            Owner = of.Owner ?? "",
            Relation = of.Relation,
            NeedsObjects = [$"{of.Kind} {of.Schema}.{of.Name}"],
        };

    private static string Said(
        string prefix, string target, string turn, string? grantee, string[] plain, string[] grantable, long whole, string? column)
    {
        string Words(string[] privileges) => column is not null ? string.Join(", ", privileges.Select(one => $"{one}({column})"))
            : privileges.Length == whole ? "ALL" : string.Join(", ", privileges);
        string role = grantee is null ? "PUBLIC" : TableName.Quote(grantee);
        if (turn == "R")
            return $"{prefix}REVOKE ALL ON {target} FROM {role};\n";
        string given = plain.Length == 0 ? "" : $"{prefix}GRANT {Words(plain)} ON {target} TO {role};\n";
        return grantable.Length == 0 ? given : $"{given}{prefix}GRANT {Words(grantable)} ON {target} TO {role} WITH GRANT OPTION;\n";
    }
}
