(** * The order of execution

    The grammar of loop programs, the store instances of a tree in the order in which
    it runs, and Lemma 1: that order is the lexicographic order of theta, the vector
    of positions and loop variables, which is strict and total on the instances.
    Counterpart: domain.ts (precedes), ir/loop/visit.ts, docs/theorem.md Lemma 1. *)

From Coq Require Import List String ZArith Lia Bool Sorting.Sorted.
From Obligato Require Import model.
Import ListNotations.

(** ** The order on instances *)

(** theta(a, p) < theta(b, q), position and variable in turn: [precedes] of domain.ts. *)
Fixpoint before (ra rb : list nat) (p q : point) : Prop :=
  match ra, rb with
  | r :: ra', r' :: rb' =>
      r < r' \/
      (r = r' /\
       match p, q with
       | x :: p', y :: q' => (x < y)%Z \/ (x = y /\ before ra' rb' p' q')
       | _, _ => False
       end)
  | _, _ => False
  end.

Definition precedes (i j : instance) : Prop :=
  before (s_positions (fst i)) (s_positions (fst j)) (snd i) (snd j).

Lemma before_irreflexive : forall r p, ~ before r r p p.
Proof.
  induction r as [| k r IH]; intros p H; [exact H |].
  destruct H as [H | [_ H]]; [lia |].
  destruct p as [| x p]; [exact H |]. destruct H as [H | [_ H]]; [lia | exact (IH p H)].
Qed.

Lemma before_transitive : forall ra rb rc p q s, before ra rb p q -> before rb rc q s -> before ra rc p s.
Proof.
  induction ra as [| a ra IH]; intros rb rc p q s H1 H2; [destruct H1 |].
  destruct rb as [| b rb]; [destruct H1 |]. destruct rc as [| c rc]; [destruct H2 |].
  destruct H1 as [H1 | [E1 H1]]; destruct H2 as [H2 | [E2 H2]]; try (left; lia).
  right. split; [lia |].
  destruct p as [| x p]; [destruct H1 |]. destruct q as [| y q]; [destruct H1 |].
  destruct s as [| z s]; [destruct H2 |].
  destruct H1 as [H1 | [F1 H1]]; destruct H2 as [H2 | [F2 H2]]; try (left; lia).
  right. split; [lia | exact (IH _ _ _ _ _ H1 H2)].
Qed.

Lemma precedes_irreflexive : forall i, ~ precedes i i.
Proof. intros i. apply before_irreflexive. Qed.

Lemma precedes_transitive : forall i j k, precedes i j -> precedes j k -> precedes i k.
Proof. intros i j k. apply before_transitive. Qed.

(** Below a common prefix the order is that of the rest. *)
Lemma before_prefix : forall pos x ra rb p q,
  List.length pos = List.length x -> before ra rb p q -> before (pos ++ ra) (pos ++ rb) (x ++ p) (x ++ q).
Proof.
  induction pos as [| k pos IH]; intros [| v x] ra rb p q L H; try discriminate; [exact H |].
  injection L as L. simpl. right. split; [reflexivity |]. right. split; [reflexivity | apply IH; assumption].
Qed.

(** What sections 4 and 5 need of a program's run; Lemma 1 gives it for every tree. *)
Record ordered (P : program) : Prop := Ordered {
  run_sorted : StronglySorted precedes (run P);
  run_complete : forall i, In i (run P) <-> domain P i;
  run_tops : StronglySorted (fun i j => s_top (fst i) <= s_top (fst j)) (run P);
}.

(** ** Trees *)

(** A body is a sequence; a position is the rank among the loops and stores of a body,
    through its guards. A guard sees the variables of the loops around it. *)
Inductive tree :=
| Skip
| Seq (first second : tree)
| Loop (how : mode) (extent : nat) (body : tree)
| Guard (conditions : list (point -> bool)) (body : tree)
| Assign (statement buffer : name) (index : point -> point) (value : expr).

(** How many positions a tree takes in the body that holds it. *)
Fixpoint width (t : tree) : nat :=
  match t with
  | Skip => 0
  | Seq a b => width a + width b
  | Guard _ body => width body
  | Loop _ _ _ | Assign _ _ _ _ => 1
  end.

(** What surrounds a tree. *)
Record context := Context {
  c_modes : list mode;
  c_extents : list nat;
  c_conditions : list (point -> bool);
  c_positions : list nat;
  c_top : nat;
}.

Definition into_loop (c : context) (r : nat) (how : mode) (extent : nat) : context :=
  Context (c_modes c ++ [how]) (c_extents c ++ [extent]) (c_conditions c) (c_positions c ++ [r]) (c_top c).

(** A guard around a store holds for the loops around the guard. *)
Definition into_guard (c : context) (conditions : list (point -> bool)) : context :=
  let depth := List.length (c_extents c) in
  Context (c_modes c) (c_extents c) (c_conditions c ++ map (fun f x => f (firstn depth x)) conditions) (c_positions c) (c_top c).

Definition store_here (c : context) (r : nat) n b i e : store :=
  Store n b i e (c_modes c) (c_extents c) (c_conditions c) (c_positions c ++ [r]) (c_top c).

(** storesOf of visit.ts, from position [r] on. *)
Fixpoint stores_of (c : context) (r : nat) (t : tree) : list store :=
  match t with
  | Skip => []
  | Seq a b => stores_of c r a ++ stores_of c (r + width a) b
  | Loop how n body => stores_of (into_loop c r how n) 0 body
  | Guard fs body => stores_of (into_guard c fs) r body
  | Assign n b i e => [store_here c r n b i e]
  end.

Definition iterations (n : nat) : list Z := map Z.of_nat (seq 0 n).

(** The instances of a tree in the order in which it runs, at point [x] of the loops around it. *)
Fixpoint run_of (c : context) (r : nat) (x : point) (t : tree) : list instance :=
  match t with
  | Skip => []
  | Seq a b => run_of c r x a ++ run_of c (r + width a) x b
  | Loop how n body => flat_map (fun v => run_of (into_loop c r how n) 0 (x ++ [v]) body) (iterations n)
  | Guard fs body => if forallb (fun f => f x) fs then run_of (into_guard c fs) r x body else []
  | Assign n b i e => [(store_here c r n b i e, x)]
  end.

(** ** Execution of trees: the instances of [run_of] one after the other *)

Section TreeExecution.
  Context {V : Type} (I : interpretation V).

  Fixpoint tree_exec (x : point) (t : tree) (m : memory V) : memory V :=
    match t with
    | Skip => m
    | Seq a b => tree_exec x b (tree_exec x a m)
    | Loop _ n body => fold_left (fun m v => tree_exec (x ++ [v]) body m) (iterations n) m
    | Guard fs body => if forallb (fun f => f x) fs then tree_exec x body m else m
    | Assign _ b i e => update m (b, i x) (eval I m x e)
    end.

  Lemma run_executes_tree : forall t c r x m, exec I (run_of c r x t) m = tree_exec x t m.
  Proof.
    induction t as [| a IHa b IHb | how n body IH | fs body IH | s b i e]; intros c r x m; simpl.
    - reflexivity.
    - rewrite exec_app, IHa, IHb. reflexivity.
    - generalize (iterations n). intros vs. revert m. induction vs as [| v vs IHvs]; intros m; [reflexivity |].
      simpl. rewrite exec_app, IH. apply IHvs.
    - destruct (forallb _ fs); [apply IH | reflexivity].
    - reflexivity.
  Qed.
End TreeExecution.

(** ** The run is complete: exactly the instances of the domains *)

Definition inside (c : context) (x : point) : Prop :=
  within (c_extents c) x /\ forall z, forallb (fun f => f (x ++ z)) (c_conditions c) = true.

Lemma in_iterations : forall n v, In v (iterations n) <-> (0 <= v < Z.of_nat n)%Z.
Proof.
  intros n v. unfold iterations. rewrite in_map_iff. split.
  - intros (k & <- & H). apply in_seq in H. lia.
  - intros H. exists (Z.to_nat v). split; [lia | apply in_seq; lia].
Qed.

Lemma Forall2_length : forall (A B : Type) (R : A -> B -> Prop) l1 l2, Forall2 R l1 l2 -> List.length l1 = List.length l2.
Proof. intros A B R l1 l2 H. induction H; simpl; congruence. Qed.

Lemma within_length : forall ns x, within ns x -> List.length x = List.length ns.
Proof. intros ns x H. exact (Forall2_length _ _ _ _ _ H). Qed.

Lemma inside_loop : forall c r how n x v, inside c x -> (0 <= v < Z.of_nat n)%Z -> inside (into_loop c r how n) (x ++ [v]).
Proof.
  intros c r how n x v [H1 H2] Hv. split; simpl.
  - apply Forall2_app; [exact H1 | constructor; [exact Hv | constructor]].
  - intros z. rewrite <- (app_assoc x [v] z). apply H2.
Qed.

Lemma guard_at : forall c (x z : point) (fs : list (point -> bool)), List.length x = List.length (c_extents c) ->
  forallb (fun f => f (x ++ z)) (map (fun f y => f (firstn (List.length (c_extents c)) y)) fs) = forallb (fun f => f x) fs.
Proof.
  intros c x z fs L. rewrite <- L. induction fs as [| f fs IH]; [reflexivity |].
  simpl. rewrite IH, firstn_app, Nat.sub_diag, firstn_all, app_nil_r. reflexivity.
Qed.

Lemma inside_guard : forall c x fs, inside c x -> forallb (fun f => f x) fs = true -> inside (into_guard c fs) x.
Proof.
  intros c x fs [H1 H2] H. split; [exact H1 |]. intros z. simpl.
  rewrite forallb_app, H2, guard_at, H by (apply within_length; exact H1). reflexivity.
Qed.

Lemma store_context : forall t c r s, In s (stores_of c r t) ->
  exists ns fs hs, s_extents s = c_extents c ++ ns /\ s_conditions s = c_conditions c ++ fs /\
    s_modes s = c_modes c ++ hs /\ s_top s = c_top c /\ exists ps, s_positions s = c_positions c ++ ps.
Proof.
  induction t as [| a IHa b IHb | how n body IH | gs body IH | s0 b i e]; intros c r s H; simpl in H.
  - destruct H.
  - apply in_app_or in H. destruct H as [H | H]; [eapply IHa | eapply IHb]; exact H.
  - destruct (IH _ _ _ H) as (ns & fs & hs & E & F & G & T & ps & Q). simpl in E, F, G, T, Q.
    exists (n :: ns), fs, (how :: hs). rewrite <- app_assoc in E, G, Q. eauto 10.
  - destruct (IH _ _ _ H) as (ns & fs & hs & E & F & G & T & Q). simpl in E, F, G, T, Q.
    rewrite <- app_assoc in F. eexists ns, _, hs. split; [exact E | split; [exact F | auto]].
  - destruct H as [<- | []]. exists [], [], []. simpl. rewrite !app_nil_r. eauto 10.
Qed.

Lemma run_sound : forall t c r x s y, inside c x -> In (s, y) (run_of c r x t) ->
  In s (stores_of c r t) /\ in_domain s y /\ exists z, y = x ++ z.
Proof.
  induction t as [| a IHa b IHb | how n body IH | gs body IH | s0 b i e]; intros c r x s y Hx H; simpl in H |- *.
  - destruct H.
  - rewrite in_app_iff in H |- *.
    destruct H as [H | H]; [destruct (IHa _ _ _ _ _ Hx H) | destruct (IHb _ _ _ _ _ Hx H)]; auto.
  - apply in_flat_map in H. destruct H as (v & Hv & H). apply in_iterations in Hv.
    destruct (IH _ _ _ _ _ (inside_loop c r how n x v Hx Hv) H) as (H1 & H2 & z & ->).
    split; [exact H1 | split; [exact H2 |]]. exists (v :: z). rewrite <- app_assoc. reflexivity.
  - destruct (forallb _ gs) eqn:G; [| destruct H].
    exact (IH _ _ _ _ _ (inside_guard c x gs Hx G) H).
  - destruct H as [H | []]. injection H as <- <-. split; [left; reflexivity | split].
    + destruct Hx as [H1 H2]. split; [exact H1 |]. specialize (H2 []). rewrite app_nil_r in H2. exact H2.
    + exists []. rewrite app_nil_r. reflexivity.
Qed.

Lemma run_reaches : forall t c r x s z, inside c x -> In s (stores_of c r t) -> in_domain s (x ++ z) ->
  In (s, x ++ z) (run_of c r x t).
Proof.
  induction t as [| a IHa b IHb | how n body IH | gs body IH | s0 b i e]; intros c r x s z Hx H Hd; simpl in H |- *.
  - destruct H.
  - apply in_app_iff. apply in_app_or in H. destruct H as [H | H]; [left; apply IHa | right; apply IHb]; assumption.
  - destruct (store_context _ _ _ _ H) as (ns & fs & hs & E & _). simpl in E.
    destruct Hd as [Hw Hc]. pose proof Hw as Hw'. unfold within in Hw'. rewrite E, <- app_assoc in Hw'.
    pose proof (within_length _ _ (proj1 Hx)) as L.
    apply Forall2_app_inv_r in Hw'. destruct Hw' as (x1 & x2 & H1 & H2 & Ex).
    apply Forall2_length in H1. inversion H2 as [| v ? z' ? Hv _ Ez]; subst.
    assert (x = x1 /\ z = v :: z') as [-> ->].
    { clear - Ex H1 L. rewrite <- L in H1. clear L. revert x1 Ex H1.
      induction x as [| u x IHx]; intros [| u1 x1] Ex H1; try discriminate; [split; [reflexivity | exact Ex] |].
      injection Ex as -> Ex. injection H1 as H1. destruct (IHx _ Ex H1) as [-> ->]. split; reflexivity. }
    apply in_flat_map. exists v. split; [apply in_iterations; exact Hv |].
    replace (x1 ++ v :: z') with ((x1 ++ [v]) ++ z') by (rewrite <- app_assoc; reflexivity).
    apply IH; [apply inside_loop; assumption | exact H |].
    rewrite <- app_assoc. split; assumption.
  - destruct (store_context _ _ _ _ H) as (ns & fs & hs & _ & F & _). simpl in F.
    assert (G : forallb (fun f => f x) gs = true).
    { destruct Hd as [_ Hc]. rewrite F, !forallb_app in Hc. apply andb_prop in Hc. destruct Hc as [Hc _].
      apply andb_prop in Hc. destruct Hc as [_ Hc].
      rewrite guard_at in Hc by (apply within_length; exact (proj1 Hx)). exact Hc. }
    rewrite G. apply IH; [apply inside_guard; assumption | exact H | exact Hd].
  - destruct H as [<- | []]. left. destruct Hd as [Hw _]. destruct Hx as [Hx _].
    apply within_length in Hw. apply within_length in Hx. simpl in Hw. rewrite app_length in Hw.
    destruct z; [rewrite app_nil_r; reflexivity | simpl in Hw; lia].
Qed.

(** ** The run is sorted *)

(** Where a run lies in theta: below a common prefix, positions from [r] to [r + width]. *)
Lemma run_positions : forall t c r x s y, In (s, y) (run_of c r x t) ->
  exists k ra z, s_positions s = c_positions c ++ k :: ra /\ y = x ++ z /\ r <= k < r + width t.
Proof.
  induction t as [| a IHa b IHb | how n body IH | gs body IH | s0 b i e]; intros c r x s y H; simpl in H |- *.
  - destruct H.
  - apply in_app_or in H. destruct H as [H | H];
      [destruct (IHa _ _ _ _ _ H) as (k & ra & z & E & F & G) | destruct (IHb _ _ _ _ _ H) as (k & ra & z & E & F & G)];
      exists k, ra, z; (split; [exact E | split; [exact F | lia]]).
  - apply in_flat_map in H. destruct H as (v & _ & H).
    destruct (IH _ _ _ _ _ H) as (k & ra & z & E & F & _). simpl in E.
    exists r, (k :: ra), (v :: z). rewrite <- app_assoc in E, F. split; [exact E | split; [exact F | lia]].
  - destruct (forallb _ gs); [exact (IH _ _ _ _ _ H) | destruct H].
  - destruct H as [H | []]. injection H as <- <-. exists r, [], []. rewrite app_nil_r. simpl. split; [reflexivity | split; [reflexivity | lia]].
Qed.

Lemma sorted_app : forall (A : Type) (R : A -> A -> Prop) l1 l2,
  StronglySorted R l1 -> StronglySorted R l2 -> (forall a b, In a l1 -> In b l2 -> R a b) -> StronglySorted R (l1 ++ l2).
Proof.
  intros A R l1 l2 H1 H2 H. induction l1 as [| a l1 IH]; [exact H2 |].
  inversion_clear H1 as [| ? ? S F]. simpl. constructor.
  - apply IH; [exact S |]. intros. apply H; [right |]; assumption.
  - apply Forall_app. split; [exact F |]. apply Forall_forall. intros b Hb. apply H; [left; reflexivity | exact Hb].
Qed.

Lemma iterations_sorted : forall n k, StronglySorted Z.lt (map Z.of_nat (seq k n)).
Proof.
  induction n as [| n IH]; intros k; simpl; constructor; [apply IH |].
  apply Forall_forall. intros v H. apply in_map_iff in H. destruct H as (j & <- & H). apply in_seq in H. lia.
Qed.

Lemma run_is_sorted : forall t c r x, List.length (c_positions c) = List.length x ->
  StronglySorted precedes (run_of c r x t).
Proof.
  induction t as [| a IHa b IHb | how n body IH | gs body IH | s0 b i e]; intros c r x L; simpl.
  - constructor.
  - apply sorted_app; [apply IHa; exact L | apply IHb; exact L |].
    intros [s y] [s' y'] H H'.
    apply run_positions in H. destruct H as (k & ra & z & E & -> & G).
    apply run_positions in H'. destruct H' as (k' & ra' & z' & E' & -> & G').
    unfold precedes. simpl. rewrite E, E'. apply before_prefix; [exact L |]. simpl. left. lia.
  - pose proof (iterations_sorted n 0) as S. change (map Z.of_nat (seq 0 n)) with (iterations n) in S.
    induction S as [| v vs S IHS F]; simpl; [constructor |].
    apply sorted_app; [apply IH; simpl; rewrite !app_length, L; reflexivity | exact IHS |].
    intros [s y] [s' y'] H H'.
    apply in_flat_map in H'. destruct H' as (v' & Hv' & H').
    apply run_positions in H. destruct H as (k & ra & z & E & -> & G).
    apply run_positions in H'. destruct H' as (k' & ra' & z' & E' & -> & G').
    unfold precedes. simpl in E, E' |- *. rewrite E, E', <- !app_assoc. apply before_prefix; [exact L |].
    simpl. right. split; [reflexivity |]. left. rewrite Forall_forall in F. apply F. exact Hv'.
  - destruct (forallb _ gs); [apply IH; exact L | constructor].
  - constructor; constructor.
Qed.

(** ** Programs that are trees *)

(** The nodes of the body with the number of their top-level node. *)
Fixpoint top_stores (top r : nat) (body : list tree) : list store :=
  match body with
  | [] => []
  | t :: rest => stores_of (Context [] [] [] [] top) r t ++ top_stores (S top) (r + width t) rest
  end.

Fixpoint top_run (top r : nat) (body : list tree) : list instance :=
  match body with
  | [] => []
  | t :: rest => run_of (Context [] [] [] [] top) r [] t ++ top_run (S top) (r + width t) rest
  end.

Definition program_of (body : list tree) (kinds : name -> kind) (outs : list (name * list nat)) : program :=
  Program (top_stores 0 0 body) kinds outs (top_run 0 0 body).

Definition tree_program (P : program) (body : list tree) : Prop :=
  P = program_of body (kind_of P) (outputs P).

Lemma inside_top : forall top, inside (Context [] [] [] [] top) [].
Proof. intros top. split; [constructor | reflexivity]. Qed.

Lemma top_run_complete : forall body top r s y,
  In (s, y) (top_run top r body) <-> In s (top_stores top r body) /\ in_domain s y.
Proof.
  induction body as [| t rest IH]; intros top r s y; simpl; [tauto |].
  rewrite !in_app_iff, IH. split.
  - intros [H | H]; [| tauto]. destruct (run_sound _ _ _ _ _ _ (inside_top top) H) as (H1 & H2 & _). tauto.
  - intros [[H | H] Hd]; [| tauto]. left. exact (run_reaches t _ r [] s y (inside_top top) H Hd).
Qed.

Lemma top_run_positions : forall body top r s y, In (s, y) (top_run top r body) ->
  exists k ra, s_positions s = k :: ra /\ r <= k.
Proof.
  induction body as [| t rest IH]; intros top r s y H; simpl in H; [destruct H |].
  apply in_app_or in H. destruct H as [H | H].
  - apply run_positions in H. destruct H as (k & ra & z & E & _ & G). exists k, ra. split; [exact E | lia].
  - apply IH in H. destruct H as (k & ra & E & G). exists k, ra. split; [exact E | lia].
Qed.

Lemma top_run_sorted : forall body top r, StronglySorted precedes (top_run top r body).
Proof.
  induction body as [| t rest IH]; intros top r; simpl; [constructor |].
  apply sorted_app; [apply run_is_sorted; reflexivity | apply IH |].
  intros [s y] [s' y'] H H'.
  apply run_positions in H. destruct H as (k & ra & z & E & -> & G).
  apply top_run_positions in H'. destruct H' as (k' & ra' & E' & G').
  unfold precedes. simpl in E |- *. rewrite E, E'. simpl. left. lia.
Qed.

Lemma top_run_tops : forall body top r s y, In (s, y) (top_run top r body) -> top <= s_top s.
Proof.
  induction body as [| t rest IH]; intros top r s y H; simpl in H; [destruct H |].
  apply in_app_or in H. destruct H as [H | H].
  - destruct (run_sound _ _ _ _ _ _ (inside_top top) H) as (Hs & _).
    destruct (store_context _ _ _ _ Hs) as (ns & fs & hs & _ & _ & _ & T & _). simpl in T. lia.
  - apply IH in H. lia.
Qed.

Lemma top_run_tops_sorted : forall body top r,
  StronglySorted (fun i j : instance => s_top (fst i) <= s_top (fst j)) (top_run top r body).
Proof.
  induction body as [| t rest IH]; intros top r; simpl; [constructor |].
  assert (T : forall i, In i (run_of (Context [] [] [] [] top) r [] t) -> s_top (fst i) = top).
  { intros [s y] H. destruct (run_sound _ _ _ _ _ _ (inside_top top) H) as (Hs & _).
    destruct (store_context _ _ _ _ Hs) as (ns & fs & hs & _ & _ & _ & T & _). exact T. }
  apply sorted_app; [| apply IH |].
  - induction (run_of _ r [] t) as [| i l IHl]; constructor; [apply IHl; intros; apply T; right; assumption |].
    apply Forall_forall. intros j Hj. rewrite (T i (or_introl eq_refl)), (T j (or_intror Hj)). lia.
  - intros i [s y] Hi Hj. rewrite (T i Hi). simpl. apply top_run_tops in Hj. lia.
Qed.

(** Lemma 1, first half: serial execution is the lexicographic order of theta. *)
Theorem tree_ordered : forall body kinds outs, ordered (program_of body kinds outs).
Proof.
  intros. split; [apply top_run_sorted | | apply top_run_tops_sorted]. intros [s y]. apply top_run_complete.
Qed.

Lemma sorted_total : forall (A : Type) (R : A -> A -> Prop) l, StronglySorted R l ->
  forall a b, In a l -> In b l -> a = b \/ R a b \/ R b a.
Proof.
  intros A R l S. induction S as [| k l S IH F]; intros a b Ha Hb; [destruct Ha |].
  rewrite Forall_forall in F.
  destruct Ha as [-> | Ha]; destruct Hb as [-> | Hb]; auto.
Qed.

(** Lemma 1, second half: theta orders the instances of a program strictly and totally. *)
Theorem theta_total : forall P, ordered P -> forall i j, domain P i -> domain P j ->
  i = j \/ precedes i j \/ precedes j i.
Proof.
  intros P [S C _] i j Hi Hj. apply C in Hi. apply C in Hj. exact (sorted_total _ _ _ S i j Hi Hj).
Qed.
