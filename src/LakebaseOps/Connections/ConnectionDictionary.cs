using System.Collections;
using System.Globalization;
using System.Security;

namespace LakebaseOps.Connections;

/// <summary>Connection options from a name-value collection, such as a hashtable or an Azure Automation connection asset.</summary>
public static class ConnectionDictionary
{
    private static readonly Dictionary<string, string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Name"] = "Name",
        ["ConnectionString"] = "ConnectionString",
        ["Sandbox"] = "Sandbox",
        ["HostName"] = "HostName",
        ["Host"] = "HostName",
        ["Server"] = "HostName",
        ["Port"] = "Port",
        ["Database"] = "Database",
        ["Username"] = "Username",
        ["User"] = "Username",
        ["Password"] = "Secret",
        ["Secret"] = "Secret",
        ["Token"] = "Secret",
        ["SslMode"] = "SslMode",
        ["RootCertificate"] = "RootCertificate",
        ["TimeoutSeconds"] = "TimeoutSeconds",
        ["MaxPoolSize"] = "MaxPoolSize",
    };

    /// <summary>The options; a name that is none of theirs is an error, because dropping it could drop a protection.</summary>
    /// <exception cref="LakebaseException">InvalidArgument, SecretNotFound.</exception>
    public static ConnectionOptions Read(IDictionary values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Dictionary<string, object> found = [];
        foreach (DictionaryEntry entry in values)
        {
            string given = entry.Key.ToString() ?? "";
            if (!Names.TryGetValue(given, out string? name))
                throw Fault(given, $"Connection options have no '{given}'.", $"They are {string.Join(", ", Names.Values.Distinct())}.");
            if (entry.Value is not null)
                found[name] = entry.Value;
        }

        string? Text(string name) =>
            found.TryGetValue(name, out object? value) ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;
        int? Number(string name) => Text(name) is not string text ? null
            : int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) ? number
            : throw Fault(name, $"'{text}' is no number for {name}.", "Write digits alone.");
        return new ConnectionOptions
        {
            Name = Text("Name"),
            ConnectionString = Text("ConnectionString"),
            Sandbox = Text("Sandbox"),
            HostName = Text("HostName"),
            Port = Number("Port"),
            Database = Text("Database"),
            Username = Text("Username"),
            Secret = !found.TryGetValue("Secret", out object? secret) ? null : secret switch
            {
                SecureString secure => secure,
                IDictionary reference => new SecretReference(reference["env"] as string, reference["file"] as string).Resolve(),
                _ => SessionFactory.Conceal(Text("Secret")!),
            },
            SslMode = Text("SslMode"),
            RootCertificate = Text("RootCertificate"),
            TimeoutSeconds = Number("TimeoutSeconds"),
            MaxPoolSize = Number("MaxPoolSize"),
        };
    }

    private static LakebaseException Fault(string target, string message, string remedy) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, message)
        { Target = target, Remedy = remedy }.ToException();
}
