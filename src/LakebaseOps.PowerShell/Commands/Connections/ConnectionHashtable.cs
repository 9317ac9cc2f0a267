using System.Collections;
using System.Management.Automation;

namespace LakebaseOps.Commands;

/// <summary>Makes of a script's hashtable of connection options one that the engine reads.</summary>
internal static class ConnectionHashtable
{
    /// <summary>The reference with PowerShell's wrappers gone and a Credential split into Username and Secret.</summary>
    public static SessionReference? Plain(SessionReference? reference)
    {
        if (reference?.Value is not IDictionary given)
            return reference;
        Hashtable plain = new(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in given)
        {
            object? value = entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value;
            if (value is PSCredential credential)
            {
                plain["Username"] = credential.UserName;
                plain["Secret"] = credential.Password;
            }
            else
            {
                plain[entry.Key] = value is LakebaseSandbox sandbox ? sandbox.Path : value;
            }
        }

        return new SessionReference(plain);
    }
}
