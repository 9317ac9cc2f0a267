using System.Security.Cryptography;
using System.Text;
using LakebaseOps.Indexing;
using LakebaseOps.Loading.Ledger;
using Npgsql;

namespace LakebaseOps.Loading.Staging;

/// <summary>Names that a load makes up: at most 63 bytes, one of a kind, and the same in every call for the same table.</summary>
internal static class LoadNames
{
    /// <summary>The stage table of a table.</summary>
    public static TableName Stage(TableName table) => table with { Name = Hashed(table, "stg", "") };

    /// <summary>Name of an index of the stage table until the swap.</summary>
    public static string StageIndex(TableName table, string index) => Hashed(table, "six", index);

    /// <summary>Name of a replaced table or of one of its parts.</summary>
    public static string Previous(TableName table, Guid loadId, string part) => Hashed(table, "old", $"{loadId:N} {part}");

    /// <summary>Fills in the index names that DDL leaves to the server.</summary>
    public static TableDefinition Complete(TableDefinition table)
    {
        HashSet<string> taken = [.. table.Indexes.Select(index => index.Name).Where(name => name.Length > 0)];
        List<IndexDefinition> indexes = [];
        foreach (IndexDefinition index in table.Indexes)
        {
            if (index.Name.Length > 0)
            {
                indexes.Add(index);
                continue;
            }

            string suffix = index.IsPrimary ? "pkey" : index.Constraint is not null ? "key" : "idx";
            string name = IndexName.For(table.Name, index.IsPrimary ? [] : index.Keys, suffix);
            for (int number = 1; !taken.Add(name); number++)
                name = IndexName.For(table.Name, index.IsPrimary ? [] : index.Keys, $"{suffix}{number}");
            indexes.Add(index with { Name = name, Constraint = index.Constraint is null ? null : name });
        }

        List<ConstraintDefinition> constraints = [];
        taken = [.. table.Constraints.Select(constraint => constraint.Name)];
        foreach (ConstraintDefinition constraint in table.Constraints)
        {
            string name = constraint.Name;
            string suffix = constraint.Kind == "check" ? "check" : "fkey";
            for (int number = 0; name.Length == 0 || (constraint.Name.Length == 0 && !taken.Add(name)); number++)
                name = IndexName.For(table.Name, [], number == 0 ? suffix : $"{suffix}{number}");
            constraints.Add(constraint with { Name = constraint.Kind is "check" or "foreign key" ? name : constraint.Name });
        }

        return table with { Indexes = indexes, Constraints = constraints };
    }

    /// <summary>Checks that every name the loads will create is free, for all of them before the first begins.</summary>
    /// <exception cref="LakebaseException">InvalidName, ObjectExists.</exception>
    public static async Task CheckAsync(
        NpgsqlConnection connection, IReadOnlyList<LoadPlan> plans, CancellationToken cancellationToken)
    {
        // One statement for names and ledger: between two, another process of the same load could make its stage, or swap it in.
        string ours = await LedgerSchema.ExistsAsync(connection, cancellationToken).ConfigureAwait(false)
            ? """
              AND NOT EXISTS (SELECT FROM lakebase_ops.load_table l WHERE l.schema_name = $1 AND l.table_name = $4
                  AND coalesce(l.table_oid, l.stage_oid) IN (c.oid, i.indrelid))
              """
            : "";
        HashSet<TableName> names = [];
        foreach (LoadPlan plan in plans.Where(plan => plan.Mode == BulkLoadMode.Replace))
        {
            string schema = plan.Table.Schema;
            string[] own = [plan.Stage.Name, .. plan.Indexes.Select(index => index.StageName), .. plan.Constraints.Select(constraint => constraint.StageName)];
            string[] final = plan.LiveOid is null ? [plan.Table.Name, .. plan.Indexes.Select(index => index.Name)] : [];
            foreach (string name in own.Concat(final))
            {
                if (Encoding.UTF8.GetByteCount(name) > TableName.MaxBytes || !names.Add(new TableName(schema, name)))
                {
                    throw new LakebaseError(ErrorIds.InvalidName, LakebaseErrorKind.InvalidArgument,
                        $"The name '{name}' that the load of {plan.Table} needs is too long or needed twice.")
                    { Target = plan.Table.ToString(), Remedy = "Rename the table or the index." }.ToException();
                }
            }

            using NpgsqlCommand command = new(
                $"""
                SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_index i ON i.indexrelid = c.oid
                WHERE n.nspname = $1 AND (c.relname = ANY($2) OR c.relname = ANY($3)) {ours}
                LIMIT 1
                """, connection)
            {
                Parameters = { new() { Value = schema }, new() { Value = own }, new() { Value = final } },
            };
            if (ours.Length > 0)
                command.Parameters.Add(new() { Value = plan.Table.Name });
            if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string taken)
            {
                throw new LakebaseError(ErrorIds.ObjectExists, LakebaseErrorKind.Exists,
                    $"The load of {plan.Table} needs the name '{taken}' in schema '{schema}', and something else has it.")
                {
                    Target = plan.Table.ToString(),
                    Remedy = $"Rename or drop {new TableName(schema, taken).ToSql()}; no load on record owns it.",
                }.ToException();
            }
        }
    }

    private static string Hashed(TableName table, string role, string part)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{table.ToSql()} {role} {part}"));
        string tail = $"__{role}_{Convert.ToHexString(hash.AsSpan(0, 5)).ToLowerInvariant()}";
        return IndexName.Cut(table.Name, TableName.MaxBytes - tail.Length) + tail;
    }
}
