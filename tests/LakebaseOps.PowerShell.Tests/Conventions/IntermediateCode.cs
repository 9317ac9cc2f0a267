using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace LakebaseOps.PowerShell.Tests.Conventions;

/// <summary>Which members the methods of an assembly call: enough of its code to find a parameter that nobody reads.</summary>
internal sealed class IntermediateCode : IDisposable
{
    private const byte CallOpCode = 0x28;
    private const byte CallVirtualOpCode = 0x6F;
    private readonly PEReader _file;
    private readonly MetadataReader _metadata;

    public IntermediateCode(string path)
    {
        _file = new PEReader(File.OpenRead(path));
        _metadata = _file.GetMetadataReader();
    }

    /// <summary>Names of all methods called anywhere in the assembly, as Type.Method.</summary>
    public IReadOnlySet<string> Calls()
    {
        HashSet<string> calls = new(StringComparer.Ordinal);
        foreach (MethodDefinition method in _metadata.MethodDefinitions.Select(_metadata.GetMethodDefinition).Where(method => method.RelativeVirtualAddress != 0))
        {
            byte[] code = _file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!;
            // Operands are not told from instructions; a chance hit can only hide a finding, never make one.
            for (int at = 0; at + 4 < code.Length; at++)
            {
                if (code[at] is CallOpCode or CallVirtualOpCode && Name(BitConverter.ToInt32(code, at + 1)) is { } name)
                    calls.Add(name);
            }
        }

        return calls;
    }

    /// <summary>Members of another assembly that this one refers to: type, member and the number of parameters (-1: a field).</summary>
    public IReadOnlyList<(string Type, string Member, int Parameters)> References(string assembly)
    {
        List<(string, string, int)> references = [];
        foreach (MemberReference member in _metadata.MemberReferences.Select(_metadata.GetMemberReference))
        {
            if (member.Parent.Kind != HandleKind.TypeReference)
                continue;
            TypeReference type = _metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
            if (type.ResolutionScope.Kind != HandleKind.AssemblyReference
                || _metadata.GetString(_metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name) != assembly)
                continue;
            int parameters = member.GetKind() == MemberReferenceKind.Field ? -1 : ParameterCount(member);
            references.Add(($"{_metadata.GetString(type.Namespace)}.{_metadata.GetString(type.Name)}", _metadata.GetString(member.Name), parameters));
        }

        return references;
    }

    public void Dispose() => _file.Dispose();

    private int ParameterCount(MemberReference member)
    {
        BlobReader blob = _metadata.GetBlobReader(member.Signature);
        SignatureHeader header = blob.ReadSignatureHeader();
        if (header.IsGeneric)
            blob.ReadCompressedInteger();
        return blob.ReadCompressedInteger();
    }

    private string? Name(int token)
    {
        int row = token & 0xFFFFFF;
        switch (token >> 24)
        {
            case 0x06 when row > 0 && row <= _metadata.GetTableRowCount(TableIndex.MethodDef):
                MethodDefinition method = _metadata.GetMethodDefinition(MetadataTokens.MethodDefinitionHandle(row));
                return $"{_metadata.GetString(_metadata.GetTypeDefinition(method.GetDeclaringType()).Name)}.{_metadata.GetString(method.Name)}";
            case 0x0A when row > 0 && row <= _metadata.GetTableRowCount(TableIndex.MemberRef):
                MemberReference member = _metadata.GetMemberReference(MetadataTokens.MemberReferenceHandle(row));
                return member.Parent.Kind == HandleKind.TypeReference
                    ? $"{_metadata.GetString(_metadata.GetTypeReference((TypeReferenceHandle)member.Parent).Name)}.{_metadata.GetString(member.Name)}"
                    : null;
            default:
                return null;
        }
    }
}
